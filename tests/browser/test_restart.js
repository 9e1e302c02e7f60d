// The server ends under an open page and comes back: it is said, what was typed stays, and the page goes on by itself.
'use strict'
const {check, fine, sit, until} = require('./driver.js')

module.exports = async ({ask, browser, house, key}) => {
  const s = await sit(browser, house, 'the-operator')
  s.expected.push(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK|ERR_ABORTED/)
  const {page} = s
  await s.open('/customers')
  const rows = await page.locator('tbody tr').count()
  await page.locator('#search').fill('Mercado')
  await ask({do: 'stop', key})
  fine('that the server is away is said', await until(() => page.locator('.away').isVisible()))
  check('what was typed stays', await page.locator('#search').inputValue(), 'Mercado')
  check('what was shown stays', await page.locator('tbody tr').count(), rows)
  await ask({do: 'start', key})
  fine('it goes on by itself', await until(async () => !await page.locator('.away').count()))
  await page.locator('#search').fill('Mercado F')
  fine('and answers', await until(async () => /Mercado Flora/.test(await page.locator('[role="listbox"]').innerText())))
  check('complaints', s.complaints, [])
  await s.close()
}
