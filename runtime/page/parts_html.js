// preact with its words as htm writes them.
import {h, render, Fragment, createContext, createElement} from './lib_preact.js'
import htm from './lib_htm.js'

export const html = htm.bind(h)
export {h, render, Fragment, createContext, createElement}
