// Every page, on a screen in light and dark and on a telephone: nothing is complained of by the browser (errors, the content policy,
// words that are missing), nothing serious is found by axe, nothing is wider than the window.
'use strict'
const path = require('node:path')
const {axe, check, fine, overflows, sit} = require('./driver.js')
const pages = require('./pages.js')

const VIEWS = [{size: 'desk', theme: 'light'}, {size: 'desk', theme: 'dark'}, {size: 'phone', theme: 'light'}, {size: 'desk', lang: 'pt', quick: true}, {size: 'desk', lang: 'es', quick: true}]
const IMAGES = path.join(__dirname, '../../docs/img')

async function look(seat, p, at, view, images) {
  const name = `${p.name} (${[view.size, view.theme, view.lang].filter(Boolean).join(', ')})`
  await seat.open(at)
  check(`${name}: complaints`, seat.complaints.splice(0), [])
  if (view.lang) check(`${name}: its language`, await seat.page.evaluate(() => document.documentElement.lang), view.lang)
  if (view.quick) return
  check(`${name}: axe`, await axe(seat.page), [])
  check(`${name}: wider than the window`, await overflows(seat.page), '')
  check(`${name}: headings of the first rank`, await seat.page.locator('h1').count(), 1)
  fine(`${name}: its title`, /· Dun$/.test(await seat.page.title()), await seat.page.title())
  if (images && view.size === 'desk' && view.theme === 'light') await seat.page.screenshot({path: path.join(IMAGES, `page-${p.name}.png`)})
}

module.exports = async ({ask, browser, house, key, images}) => {
  const places = new Map()
  for (const p of pages) {
    const at = typeof p.at === 'string' ? p.at : await p.at(ask, key)
    if (fine(`${p.name}: there is one to look at`, at)) places.set(p, at)
  }
  for (const view of VIEWS) {
    const own = view.lang ? await ask({do: 'language', key, who: 'admin', lang: view.lang}) : null
    const seats = {admin: await sit(browser, house, 'admin', view), nobody: await sit(browser, house, null, view)}
    for (const [p, at] of places) {
      try {
        await look(p.who === null ? seats.nobody : seats.admin, p, at, view, images)
      } catch (e) {
        fine(`${p.name} (${view.size}): opened`, false, e.message)
        for (const s of Object.values(seats)) s.complaints.splice(0)
      }
    }
    for (const s of Object.values(seats)) await s.close()
    if (own) await ask({do: 'language', key, who: 'admin', lang: 'en'})
  }
}
