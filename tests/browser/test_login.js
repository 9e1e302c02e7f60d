// The first person comes in by the one-time link, logs out, and in again; a wrong password is said; whoever wanted another page gets it.
'use strict'
const {axe, check, fine, sit, until} = require('./driver.js')

module.exports = async ({ask, browser}) => {
  const house = {...await ask({do: 'first', key: 'first'}), people: {}}
  const s = await sit(browser, house, null)
  s.expected.push(/status of 401/)
  const {page} = s
  const password = 'plain oranges 71 rolling'
  await page.goto(house.link)
  await page.waitForSelector('h1')
  check('the welcome: axe', await axe(page), [])
  for (const [label, value] of [[/login/i, 'maria'], [/^(your )?name/i, 'Maria Prado']]) await page.getByLabel(label).first().fill(value)
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(password)
  await page.locator('main button[type="submit"]').click()
  fine('the first person is in', await until(() => page.locator('nav.side').count()))
  await page.getByRole('button', {name: /Maria/}).click()
  await page.getByRole('menuitem', {name: 'Log out'}).click()
  await page.waitForURL('**/login*')
  await page.goto(`${house.url}/customers`)
  await page.waitForURL('**/login?next=*')
  await page.getByLabel('Login').fill('maria')
  await page.getByLabel('Password').fill('not this one at all')
  await page.locator('main button[type="submit"]').click()
  fine('a wrong password is said', await until(() => page.getByRole('alert').count()))
  await page.getByLabel('Password').fill(password)
  await page.locator('main button[type="submit"]').click()
  fine('and the page that was asked for is there', await until(() => page.url().endsWith('/customers')), page.url())
  await page.goto(house.link)
  fine('the link is used up', await until(async () => /used/.test(await page.locator('main').innerText())), await page.locator('main').innerText())
  s.expected.push(/status of 404/)
  check('complaints', s.complaints.filter(c => !/status of 404/.test(c)), [])
  await s.close()
  await ask({do: 'end', key: 'first'})
}
