// A policy on the page: its prose and pictures, the coming days under a slider, and a text that is edited with the compiler beside it,
// kept over a reload, saved on a branch and compared with its effect.
'use strict'
const {axe, check, fine, overflows, ready, sit, until} = require('./driver.js')

const tab = async (s, name) => { await s.open(`/policies/p?tab=${name}`) }
const text = page => page.locator('.editor-text')
const shot = async (page, name) => { if (process.env.SHOTS) await page.screenshot({path: `${process.env.SHOTS}/${name}.png`, fullPage: true}) }

async function looked(s, what) {
  const found = await axe(s.page)
  check(`axe: ${what}`, found, [])
  check(`nothing is too wide: ${what}`, await overflows(s.page), '')
}

async function says(s) {
  await tab(s, 'says')
  fine('the picture of the ladder is there', await until(() => s.page.locator('.ladder-picture img').first().evaluate(i => i.complete && i.naturalWidth > 500)))
  fine('with words for who does not see it', /30 days after/.test(await s.page.locator('.ladder-picture img').first().getAttribute('alt')))
  fine('the prose', /5 days after the due date/.test(await s.page.locator('.told').innerText()))
}

async function simulate(s) {
  await tab(s, 'simulate')
  await s.page.getByRole('button', {name: /Work out/}).click()
  const slider = s.page.getByRole('slider')
  fine('the days are worked out', await until(() => slider.isVisible()))
  await slider.focus()
  const before = await slider.getAttribute('aria-valuetext')
  for (let i = 0; i < 6; i++) await s.page.keyboard.press('ArrowRight')
  check('the slider moves by keys', await slider.inputValue(), '6')
  fine('and says the day', await until(async () => (await slider.getAttribute('aria-valuetext')) !== before), before)
  await ready(s.page)
}

async function edit(s) {
  const {page} = s
  await tab(s, 'edit')
  fine('the text is there', await until(async () => /ladder standard/.test(await text(page).inputValue())))
  fine('it is coloured', await until(async () => await page.locator('.editor-paint .is-keyword').count() > 5))
  fine('it compiles', await until(() => page.getByText('nothing to remark').isVisible()))
  await text(page).focus()
  await page.evaluate(() => { const b = document.querySelector('.editor-text'); const at = b.value.indexOf('disputed'); b.setSelectionRange(at, at + 8) })
  await page.keyboard.type('disputd ')
  await page.keyboard.press('Escape')
  fine('what is wrong is underlined', await until(() => page.locator('.editor-paint .has-error').first().isVisible()))
  fine('and said with what to do', await until(async () => /disputd/.test(await page.locator('.problem').first().innerText())), await page.locator('.stack').first().innerText())
  await shot(page, 'edit-problem')
  await page.locator('.problem .button.small').last().click()
  fine('a mending takes it away', await until(async () => /hold while disputed/.test(await text(page).inputValue()) && await page.getByText('nothing to remark').isVisible()), await text(page).inputValue())
}

async function complete(s) {
  const {page} = s
  await page.evaluate(() => { const b = document.querySelector('.editor-text'); const at = b.value.indexOf('hold while disputed') + 19; b.focus(); b.setSelectionRange(at, at) })
  await page.keyboard.type(' or promis', {delay: 20})
  fine('what may follow is shown', await until(() => page.getByRole('option', {name: /promised/}).first().isVisible()))
  check('the text says which is chosen', await page.evaluate(() => !!document.getElementById(document.querySelector('.editor-text').getAttribute('aria-activedescendant'))), true)
  await shot(page, 'edit-complete')
  await looked(s, 'the list of what may follow')
  await page.keyboard.press('Enter')
  fine('Enter takes it', await until(async () => /disputed or promised/.test(await text(page).inputValue())), await text(page).inputValue())
  await page.keyboard.press('F1')
  fine('F1 says what a word means', await until(() => page.locator('.editor-popup.says').isVisible()))
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+z')
  fine('undo takes it back', await until(async () => !/disputed or promised/.test(await text(page).inputValue())), await text(page).inputValue())
  await page.keyboard.press('Control+Shift+z')
}

async function save(s) {
  const {page} = s
  const was = await text(page).inputValue()
  await page.evaluate(() => { const b = document.querySelector('.editor-text'); b.focus(); b.setSelectionRange(b.value.length, b.value.length) })
  await page.keyboard.type('\n# a remark of mine')
  await page.keyboard.press('Escape')
  page.once('dialog', d => d.accept())
  await page.reload({waitUntil: 'load'})
  fine('a reload keeps what was not saved', await until(async () => /a remark of mine/.test(await text(page).inputValue())), was.length)
  await page.getByRole('button', {name: 'Format'}).click()
  await page.getByRole('button', {name: /Save on a branch/}).click()
  await page.getByLabel('Name of the branch').fill('my remark')
  await looked(s, 'saving')
  await page.getByRole('dialog').getByRole('button', {name: /Save on a branch/}).click()
  check('a message is needed', await page.getByRole('dialog').count(), 1)
  await page.getByLabel('What changes, and why').fill('A remark')
  await page.getByRole('dialog').getByRole('button', {name: /Save on a branch/}).click()
  fine('it is saved', await until(() => page.getByText(/Saved on dun\/admin\/my-remark as/).isVisible()))
  fine('and said how to bring it in', /git merge --no-ff dun\/admin\/my-remark/.test(await page.locator('.notice.good').innerText()))
  await shot(page, 'edit-saved')
  await page.getByRole('link', {name: 'See what it changes'}).click()
  fine('its difference, with the effect', await until(() => page.getByText('What it would do to the ledger').isVisible()))
  await shot(page, 'diff')
}

module.exports = async ({browser, house}) => {
  for (const look of [{}, {size: 'phone', theme: 'dark'}]) {
    const s = await sit(browser, house, 'admin', look)
    await says(s)
    await shot(s.page, 'says-' + (look.size || 'desk'))
    await looked(s, `what it says, ${look.size || 'desk'}`)
    await simulate(s)
    await shot(s.page, 'simulate-' + (look.size || 'desk'))
    await looked(s, `the coming days, ${look.size || 'desk'}`)
    for (const name of ['revisions', 'tests', 'edit']) {
      await tab(s, name)
      await shot(s.page, `${name}-${look.size || 'desk'}`)
      await looked(s, `${name}, ${look.size || 'desk'}`)
    }
    check('complaints', s.complaints, [])
    await s.close()
  }
  const s = await sit(browser, house, 'admin')
  await edit(s)
  await complete(s)
  await save(s)
  check('complaints', s.complaints, [])
  await s.close()
  const viewer = await sit(browser, house, 'the-viewer')
  await viewer.open('/policies/p')
  check('a viewer has no editor', await viewer.page.getByRole('tab', {name: 'Edit'}).count(), 0)
  await viewer.close()
}
