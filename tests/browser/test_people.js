// Two browsers: an administrator invites somebody, who comes in by the link, looks at their account, gets another role and is out; the
// audit log says all of it, and that it is whole.
'use strict'
const {axe, check, fine, overflows, sit, until} = require('./driver.js')

const PASSWORD = 'nine tall windows 88'

async function invite(s) {
  const {page} = s
  await s.open('/people')
  check('people: axe', await axe(page), [])
  await page.getByRole('button', {name: 'Invite somebody'}).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Login').fill('nina costa')
  await dialog.getByRole('button', {name: 'Make the invitation'}).click()
  fine('what is no login is said at its field', await until(() => dialog.locator('[aria-invalid="true"]').count()))
  await dialog.getByLabel('Login').fill('nina')
  await dialog.getByLabel('Name').fill('Nina Costa')
  await dialog.getByLabel('Role').selectOption('operator')
  check('the invitation: axe', await axe(page), [])
  await dialog.getByRole('button', {name: 'Make the invitation'}).click()
  await page.getByRole('dialog', {name: 'One-time link for nina'}).waitFor()
  check('the link: axe', await axe(page), [])
  const link = await page.getByRole('dialog').getByLabel('Link').inputValue()
  await page.keyboard.press('Escape')
  fine('she stands there, invited', await until(async () => /invited/.test(await page.locator('tr[data-id]', {hasText: 'nina'}).innerText())))
  return link
}

async function comeIn(s, link) {
  const {page} = s
  await page.goto(link)
  await page.waitForSelector('form')
  fine('the link is gone from the address', !page.url().includes('#'), page.url())
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(PASSWORD)
  await page.getByLabel('New password again').fill('something else here')
  await page.locator('main button[type="submit"]').click()
  fine('two that differ are told', await until(() => page.locator('[aria-invalid="true"]').count()))
  await page.getByLabel('New password again').fill(PASSWORD)
  await page.locator('main button[type="submit"]').click()
  fine('she is in', await until(() => page.locator('nav.side').count()))
  await s.open('/account')
  check('the account: axe', await axe(page), [])
  fine('and sees this session', await until(() => page.getByText('this one').count()))
  await page.getByLabel('Name').fill('Nina C.')
  await page.getByLabel('Language').selectOption('es')
  await page.getByRole('button', {name: 'Save'}).click()
  fine('in another language', await until(() => page.getByRole('heading', {name: 'Su cuenta'}).count()))
}

async function menu(page, item) {
  await page.getByRole('button', {name: 'What to do with nina'}).click()
  await page.getByRole('menuitem', {name: item}).click()
}

async function change(admin, nina) {
  const {page} = admin
  await admin.open('/people')
  await menu(page, 'Change')
  await page.getByRole('dialog').getByLabel('Role').selectOption('viewer')
  await page.getByRole('dialog').getByRole('button', {name: 'Save'}).click()
  fine('another role', await until(async () => /viewer/.test(await page.locator('tr[data-id]', {hasText: 'nina'}).innerText())))
  nina.expected.push(/status of 401/)
  await nina.page.reload()
  fine('which ends her session', await until(() => /\/login/.test(nina.page.url())), nina.page.url())
  await menu(page, 'Disable')
  await page.getByRole('dialog').getByRole('button', {name: 'Disable'}).click()
  fine('disabled', await until(async () => /disabled/.test(await page.locator('tr[data-id]', {hasText: 'nina'}).innerText())))
  await nina.page.getByLabel('Usuario').or(nina.page.getByLabel('Login')).first().fill('nina')
  await nina.page.locator('input[type="password"]').fill(PASSWORD)
  await nina.page.locator('main button[type="submit"]').click()
  fine('is out', await until(() => nina.page.getByRole('alert').count()))
}

async function audit(s) {
  const {page} = s
  await s.open('/audit')
  fine('the log is whole', await until(async () => /The log is whole/.test(await page.locator('main').innerText())))
  await page.getByLabel('What', {exact: true}).selectOption('person')
  await page.getByLabel('On', {exact: true}).fill('person nina')
  fine('what became of her stands there', await until(async () => {
    const words = await page.locator('table').innerText()
    return /invited/.test(words) && /disabled/.test(words) && /role: viewer/.test(words)
  }), await page.locator('main').innerText())
  check('the log: axe', await axe(page), [])
  await page.getByRole('tab', {name: 'Who looked'}).click()
  await page.getByText('once a day').waitFor()
  check('who looked: axe', await axe(page), [])
}

module.exports = async ({browser, house}) => {
  const admin = await sit(browser, house, 'admin'), nina = await sit(browser, house, null)
  admin.expected.push(/status of 422/)
  await comeIn(nina, await invite(admin))
  await change(admin, nina)
  await audit(admin)
  const small = await sit(browser, house, 'admin', {size: 'phone', theme: 'dark', lang: 'pt'})
  for (const at of ['/people', '/audit', '/account']) {
    await small.open(at)
    check(`${at} on a telephone`, await overflows(small.page), '')
    check(`${at} on a telephone: axe`, await axe(small.page), [])
  }
  check('complaints', [...admin.complaints, ...nina.complaints, ...small.complaints], [])
  for (const s of [admin, nina, small]) await s.close()
}
