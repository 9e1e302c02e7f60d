// Every text that a page asks for has words, in three languages, and no word is there that no page asks for.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const {check, fine} = require('./driver.js')

const folder = path.join(__dirname, '../../runtime/page')
const files = end => fs.readdirSync(folder).filter(f => f.endsWith(end) && !f.startsWith('lib_'))
const read = f => fs.readFileSync(path.join(folder, f), 'utf8')
const WORD = /WORD\(\s*"((?:[^"\\]|\\.)*)"\s*,\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)/g

module.exports = async () => {
  const keys = new Map()
  for (const f of files('.def')) {
    const text = read(f)
    const rows = [...text.matchAll(WORD)]
    check(`${f}: each row is a key and three texts`, rows.length, (text.match(/^\s*WORD\(/gm) || []).length)
    for (const [, key, en, pt, es] of rows) {
      keys.set(key, f)
      fine(`${f}: ${key}: there are words in each language`, [en, pt, es].every(w => w.trim() !== '""'))
      const holes = w => [...new Set(w.match(/\{\d\}/g) || [])].sort().join()
      check(`${f}: ${key}: the same places in each`, [holes(pt), holes(es)], [holes(en), holes(en)])
    }
  }
  for (const f of files('.js'))
    for (const [, , key] of read(f).replace(/^\s*\/\/.*$/gm, '').matchAll(/\b(?:t|plural)\((['"])([\w.-]+)\1/g))
      fine(`${f}: words for ${key}`, keys.has(key) || keys.has(`${key}.one`) || (key.endsWith('.') && [...keys.keys()].some(k => k.startsWith(key))))
}
