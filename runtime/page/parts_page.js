// What a page knows of the frame around it: who looks, what may be done, the title.
import {createContext, html} from './parts_html.js'
import {useContext, useEffect} from './lib_hooks.js'

export const Around = createContext({me: null, shell: null})
export const useMe = () => useContext(Around).me
// {policy, environment, today, timezone, paused}: what the top bar shows.
export const useShell = () => useContext(Around).shell

const ROLES = ['viewer', 'operator', 'approver', 'admin']
// Whether `me` has this role or more. What the page hides the server refuses too.
export const may = (me, role) => ROLES.indexOf(me?.role) >= ROLES.indexOf(role)

// The heading of a page, which is the window's title too. `actions`: its buttons; `sub`: a line below.
export function PageHead({title, actions, sub, badge}) {
  useEffect(() => { document.title = `${title} · Dun` }, [title])
  return html`<header class="page-head"><h1 tabindex="-1">${title}</h1>${badge}${actions && html`<div class="actions">${actions}</div>`}${sub && html`<p>${sub}</p>`}</header>`
}
