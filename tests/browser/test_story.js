// The demo story end to end, with real servers around it (story.py): an ERP's invoice is read, its message waits in a plan, a person
// approves, it goes out by SMTP; the customer answers by e-mail, a card opens; one person proposes a later date, another approves;
// the ERP has it, the customer is told; the payment comes in by sync, and the card is in Resolved.
'use strict'
const path = require('node:path')
const {check, fine, sit, until} = require('./driver.js')

const IMAGES = path.join(__dirname, '../../docs/img')
const later = (iso, days) => new Date(Date.parse(iso + 'T00:00:00Z') + days * 86400000).toISOString().slice(0, 10)

async function approve(boss, story) {
  await boss.open('/')
  fine('the plan waits in Today', await until(() => boss.page.getByRole('button', {name: 'Approve the plan'}).isVisible()))
  check('nothing was sent before', (await story('mails')).mails, [])
  await boss.page.getByRole('button', {name: 'Approve the plan'}).click()
  const dialog = boss.page.getByRole('dialog')
  if (await dialog.getByRole('checkbox').isChecked()) await dialog.getByRole('checkbox').uncheck()
  await dialog.getByRole('button', {name: 'Approve the plan'}).click()
  await until(async () => !await dialog.count())
  await story('tick')
  const [mail] = (await story('mails', {at_least: 1})).mails
  fine('the mail server has the message', mail && mail.to === 'ana@padariasol.example' && /overdue/.test(mail.subject + mail.text), mail)
}

async function answered(ana, story) {
  await ana.open('/board')
  await story('reply', {words: 'Bom dia, podemos pagar somente no fim do mês?'})
  await story('tick')
  fine('the answer opens a card, and the board shows it by itself',
    await until(async () => /Padaria Sol/.test(await ana.page.locator('section.lane', {hasText: 'Negotiation'}).innerText()), 30000))
  await ana.page.locator('.card-title').first().click()
  fine('with the conversation', await until(async () => /podemos pagar somente/.test(await ana.page.locator('main').innerText())))
}

async function agreed(ana, boss, story, due) {
  await ana.page.getByRole('button', {name: 'Propose a new date or instalments'}).click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByLabel('New due date').fill(due)
  await dialog.getByRole('button', {name: 'Propose', exact: true}).click()
  fine('proposed; who proposed it may not approve it', await until(() => ana.page.getByText('Somebody else approves what you proposed.').isVisible()))
  check('it is not offered', await ana.page.getByRole('button', {name: 'Approve', exact: true}).count(), 0)
  check('and the ERP has the old date', (await story('erp')).due < due, true)
  await boss.open(new URL(ana.page.url()).pathname)
  await boss.page.getByRole('button', {name: 'Approve', exact: true}).click()
  await story('tick')
  fine('in force, written in the ERP and read back: seen by whoever proposed it', await until(() => ana.page.getByText('Written in omie, and read back').isVisible(), 30000))
  check('the ERP has the new date', (await story('erp')).due, due)
  await until(async () => { await story('tick'); return (await story('mails')).mails.length > 1 }, 30000)
  const {mails} = await story('mails')
  fine('the customer has the confirmation', mails.length === 2 && mails[1].to === 'ana@padariasol.example', mails)
}

async function paid(ana, story, images) {
  await ana.open('/board')
  await story('pay')
  await story('tick')
  fine('the payment comes in by sync: its card is in Resolved', await until(async () => /Padaria Sol/.test(await ana.page.locator('section.lane', {hasText: 'Resolved'}).innerText()), 30000))
  if (images) await ana.page.screenshot({path: path.join(IMAGES, 'page-story.png')})
  await ana.page.locator('section.lane', {hasText: 'Resolved'}).locator('.card-title').first().click()
  const past = await until(async () => {
    const words = await ana.page.locator('ol.past').innerText()
    return /the-operator/.test(words) && /the-approver/.test(words) && words
  })
  fine('its history has all of it', past, await ana.page.locator('main').innerText())
}

module.exports = async ({ask, browser, images}) => {
  const key = 'story'
  const story = (step, more) => ask({do: 'story', key, step, ...more})
  const house = await story('open')
  const ana = await sit(browser, house, 'the-operator')
  const boss = await sit(browser, house, 'the-approver')
  await story('tick')
  await approve(boss, story)
  await answered(ana, story)
  await agreed(ana, boss, story, later(house.today, 20))
  await paid(ana, story, images)
  check('nothing that the ERP does not know', (await story('erp')).broken, {})
  check('complaints', [...ana.complaints, ...boss.complaints], [])
  await ana.close()
  await boss.close()
}
