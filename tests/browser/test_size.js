// What comes over the wire until the first page is there: frame and Today, under 100 KB; and nothing from anywhere else.
'use strict'
const {check, fine, sit} = require('./driver.js')

module.exports = async ({browser, house}) => {
  const s = await sit(browser, house, 'admin')
  const wire = await s.context.newCDPSession(s.page)
  await wire.send('Network.enable')
  let bytes = 0
  const from = new Set()
  const sizes = []
  const names = new Map()
  wire.on('Network.responseReceived', e => names.set(e.requestId, e.response.url))
  wire.on('Network.requestWillBeSent', e => { if (!e.request.url.startsWith('data:')) from.add(new URL(e.request.url).origin) })
  wire.on('Network.loadingFinished', e => { bytes += e.encodedDataLength; sizes.push([names.get(e.requestId), e.encodedDataLength]) })
  const begin = Date.now()
  await s.open('/')
  const ms = Date.now() - begin
  await s.page.waitForTimeout(300)
  if (process.env.TIMES) console.log(`  first view: ${bytes} bytes, ${ms} ms`, sizes.sort((a, b) => b[1] - a[1]).slice(0, 8).map(([u, n]) => `${u?.split('/').pop()} ${n}`).join(', '))
  fine('the first view over the wire is under 100 KB', bytes > 10000 && bytes < 100000, `${bytes} bytes`)
  check('everything comes from here', [...from], [house.url])
  const again = bytes
  await s.open('/')
  fine('the second time files are not fetched again', bytes - again < 20000, `${bytes - again} bytes`)
  const answer = await s.page.request.get(house.url + '/')
  fine('the content policy', /default-src 'none'/.test(answer.headers()['content-security-policy'] || ''), JSON.stringify(answer.headers()))
  await s.close()
}
