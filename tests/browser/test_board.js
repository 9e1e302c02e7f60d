// The board in two browsers: a card dragged, moved by keys, moved by two people at once; a promise in two clicks; instalments
// proposed by one person and approved by another.
'use strict'
const {axe, check, fine, ready, sit, until} = require('./driver.js')

const lane = (page, name) => page.locator('.lane', {has: page.getByRole('heading', {name: new RegExp(`^${name}`)})})
const stands = (page, name, id) => until(async () => await lane(page, name).locator(`[data-id="${id}"]`).count() === 1)
const said = page => page.locator('main [aria-live="assertive"]').innerText()

async function moves(op, other) {
  const {page} = op
  fine('there are cards', await until(async () => await page.locator('.card').count() > 3))
  const card = page.locator('.lane').first().locator('.card').first()
  const id = await card.getAttribute('data-id')
  await card.dragTo(lane(page, 'Negotiation'))
  fine('a card is dragged', await stands(page, 'Negotiation', id))
  fine('and appears with somebody else', await stands(other.page, 'Negotiation', id))
  fine('it is said', /Negotiation/.test(await said(page)), await said(page))
  await page.locator(`[data-id="${id}"]`).focus()
  await page.keyboard.press(' ')
  await page.keyboard.press('ArrowLeft')
  fine('picked up by a key, each column is said', /column 1 of/.test(await said(page)), await said(page))
  await page.keyboard.press(' ')
  fine('and put down', await stands(page, 'Collections', id))
  fine('the focus goes along', await until(() => page.evaluate(x => document.activeElement.dataset.id === x, id)))
  await page.keyboard.press(' ')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Escape')
  fine('Escape leaves it', await stands(page, 'Collections', id))
  return id
}

// Somebody changes the card before the page hears of it.
async function collides(op, other, id, ask, key) {
  await op.page.evaluate(() => { Object.defineProperty(document, 'hidden', {get: () => true, configurable: true}) })
  const now = await ask({do: 'ask', key, who: 'the-approver', method: 'GET', path: `/api/cards/${id}`})
  const moved = await ask({do: 'ask', key, who: 'the-approver', method: 'POST', path: `/api/cards/${id}/move`, body: {version: now.json.card.version, column: 'Resolved'}})
  check('the other person moves it', moved.status, 200)
  op.expected.push(/409/)
  await op.page.locator(`[data-id="${id}"]`).getByRole('button').click()
  await op.page.getByRole('menuitem', {name: 'Negotiation'}).click()
  fine('the second is told where it is', await until(async () => /Somebody else has changed .* Resolved/.test(await op.page.locator('.toasts').innerText())))
  fine('and sees it there', await stands(op.page, 'Resolved', id))
  await op.page.evaluate(() => { delete document.hidden })
}

async function negotiates(op, other, id) {
  const {page} = op
  await op.open(`/cards/${id}`)
  await page.getByRole('button', {name: /^3 days/}).click()
  await page.getByRole('button', {name: /^Promised for/}).click()
  fine('a promise takes two clicks', await until(async () => /promised for/.test(await page.locator('.past').innerText())))
  await page.getByLabel('Comment', {exact: true}).fill('She pays in two parts')
  await page.getByRole('button', {name: 'Add the comment'}).click()
  fine('a comment is in the conversation', await until(async () => /She pays in two parts/.test(await page.locator('.talk').innerText())))
  await page.getByRole('button', {name: /Propose a new date/}).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', {name: 'One more instalment'}).click()
  fine('the amounts add up', await until(async () => /add up/.test(await dialog.innerText())))
  check('axe finds nothing in the dialog', await axe(page), [])
  const days = await dialog.locator('input[type="date"]').all()
  const today = await dialog.locator('input[type="date"]').first().getAttribute('min')
  for (let i = 0; i < days.length; i++) await days[i].fill(new Date(Date.parse(today) + (i + 1) * 10 * 86400000).toISOString().slice(0, 10))
  await dialog.getByLabel('Amount').first().fill('1.00')
  fine('what is left is said', await until(async () => /is left/.test(await dialog.innerText())))
  await dialog.getByRole('button', {name: 'One more instalment'}).click()
  await dialog.getByRole('button', {name: 'Remove instalment 3'}).click()
  await dialog.getByRole('button', {name: 'Propose', exact: true}).click()
  const own = page.locator('.agreement')
  fine('it is proposed', await until(async () => /Somebody else approves/.test(await own.innerText())))
  check('nobody approves their own', await own.getByRole('button', {name: 'Approve'}).count(), 0)
  await other.open(`/cards/${id}`)
  await other.page.getByRole('button', {name: 'Approve', exact: true}).click()
  fine('approved, it is in force', await until(async () => /in force/.test(await own.innerText())))
  fine('the customer is told', await until(async () => /as agreed/.test(await page.locator('.talk').innerText()), 90000))
  check('axe finds nothing on the card', await axe(page), [])
}

module.exports = async ({ask, browser, house, key}) => {
  const op = await sit(browser, house, 'operator'), other = await sit(browser, house, 'approver'), viewer = await sit(browser, house, 'viewer')
  await op.open('/board')
  await other.open('/board')
  const id = await moves(op, other)
  await collides(op, other, id, ask, key)
  await negotiates(op, other, id)
  await viewer.open('/board')
  check('a viewer has nothing to move', await viewer.page.locator('.card[draggable="true"], .card-menu').count(), 0)
  await ready(viewer.page)
  for (const s of [op, other, viewer]) {
    check('complaints', s.complaints, [])
    await s.close()
  }
}
