// All parts, one after the other, in one browser: main.js DUN [--images] [PART...].
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const {check, counted, fine, houses, launch} = require('./driver.js')

const [dun, ...words] = process.argv.slice(2)
const images = words.includes('--images')
const wanted = words.filter(w => !w.startsWith('--'))
const all = ['words', 'login', 'people', 'pages', 'size', 'keys', 'roles', 'board', 'policies', 'two', 'restart', 'story']

async function main() {
  check('the copies of libraries are as npm has them', process.env.COPIES || '0', '0')
  check('each part is in the list', fs.readdirSync(__dirname).filter(f => f.startsWith('test_')).map(f => f.slice(5, -3)).sort(), [...all].sort())
  const {ask, end} = houses(dun)
  const browser = await launch()
  let house
  try {
    for (const part of all) {
      if (wanted.length && !wanted.includes(part)) continue
      const begin = Date.now()
      house = house || await ask({do: 'open', key: 'a'})
      try {
        await require(path.join(__dirname, `test_${part}.js`))({ask, browser, house, images, key: 'a'})
      } catch (e) {
        fine(`${part} ended early`, false, e.stack)
      }
      if (process.env.TIMES) console.log(`${part}: ${Date.now() - begin} ms`)
    }
  } finally {
    await browser.close()
    await end()
  }
  process.exit(counted())
}
main().catch(e => { console.error(e); process.exit(1) })
