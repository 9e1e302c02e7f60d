// What each role sees: every page that it may open opens without one refused question; what it may not is not offered, and says so.
'use strict'
const {check, fine, sit} = require('./driver.js')
const pages = require('./pages.js')

module.exports = async ({ask, browser, house, key}) => {
  for (const role of ['viewer', 'operator', 'approver']) {
    const s = await sit(browser, house, `the-${role}`)
    const refused = []
    s.page.on('response', r => { if (r.status() >= 400) refused.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`) })
    for (const p of pages) {
      if (p.who === null) continue
      const at = typeof p.at === 'string' ? p.at : await p.at(ask, key)
      if (!at || at === '/people') continue
      try { await s.open(at) } catch (e) { fine(`${p.name} as ${role}`, false, e.message) }
      check(`${p.name} as ${role}: refused`, refused.splice(0), [])
    }
    check(`the navigation of ${role} has no people`, await s.page.locator('nav.side a[href="/people"]').count(), 0)
    await s.open('/people')
    fine(`people as ${role}: not allowed`, /Not allowed/.test(await s.page.locator('main').innerText()))
    if (role === 'viewer') {
      await s.open('/')
      check('a viewer approves nothing', await s.page.getByRole('button', {name: /approve/i}).count(), 0)
      await s.open('/board')
      check('a viewer moves nothing', await s.page.locator('[draggable="true"]').count(), 0)
    }
    await s.close()
  }
}
