// Two browsers at once: what one does appears in the other.
'use strict'
const {check, fine, sit, until} = require('./driver.js')

const lane = (seat, name) => seat.page.locator('section.lane', {has: seat.page.locator('h2', {hasText: name})})
const has = (seat, name, id) => lane(seat, name).locator(`[data-id="${id}"]`).count()

module.exports = async ({browser, house}) => {
  const one = await sit(browser, house, 'the-operator')
  const two = await sit(browser, house, 'the-approver')
  await one.open('/board')
  await two.open('/board')
  const card = lane(one, 'Collections').locator('[data-id]').first()
  fine('there is a card', await until(() => card.count()))
  const id = await card.getAttribute('data-id')
  await card.focus()
  await one.page.keyboard.press(' ')
  await one.page.keyboard.press('ArrowRight')
  await one.page.keyboard.press(' ')
  fine('moved by keys', await until(async () => !await has(one, 'Collections', id)))
  const begin = Date.now()
  fine('it moves in the other browser', await until(async () => !await has(two, 'Collections', id)))
  fine('within two seconds', Date.now() - begin < 2500, `${Date.now() - begin} ms`)
  // Dragged back, by the other.
  const target = lane(two, 'Collections')
  await two.page.locator(`[data-id="${id}"]`).dragTo(target, {targetPosition: {x: 40, y: 60}})
  fine('dragged back', await until(() => has(two, 'Collections', id)))
  fine('and seen by the first', await until(() => has(one, 'Collections', id)))
  await two.open(`/cards/${id}`)
  await one.open(`/cards/${id}`)
  await one.page.locator('main form textarea').first().fill('Called: pays on Friday')
  await one.page.locator('main form button[type="submit"]').first().click()
  fine('what one writes the other reads', await until(async () => /pays on Friday/.test(await two.page.locator('main').innerText())))
  check('complaints', [...one.complaints, ...two.complaints], [])
  await one.close()
  await two.close()
}
