// Each connect line of the policy in force: its last check, what it reads and sends, its limits, where its webhooks come in.
import {html, api, useData, Loaded, PageHead, Button, Badge, Empty, Instant, Notice, Table, t, may, number, plural, toast} from './base.js'
import {outletName} from './outbox_message.js'

export const area = 'connections'
export const areas = ['today']
export const styled = true

// ---- the last check ----

function Findings({of}) {
  return html`<ul class="plain findings">${of.map((f, i) => html`<li key=${i} class=${f.fine ? '' : 'wrong-finding'}><${Badge} kind=${f.fine ? 'good' : 'bad'}>${t(f.fine ? 'connections.fine' : 'connections.wrong')}<//>
    <span>${f.what}${f.remedy && html`<br /><strong>${f.remedy}</strong>`}</span></li>`)}</ul>`
}

function Check({check, run, me}) {
  const running = check?.state === 'running'
  return html`<div class="row between"><h3>${t('connections.check')}</h3>
      ${may(me, 'admin') && html`<${Button} kind="small" run=${run} busy=${running}>${t(running ? 'connections.checking' : 'connections.check.now')}<//>`}</div>
    ${!check && html`<p class="muted">${t('connections.check.never')}</p>`}
    ${check && html`<p class="muted"><${Instant} value=${check.ended || check.begun} /> · ${check.by}</p>`}
    ${check?.state === 'broken' && html`<${Notice} kind="warn">${t('connections.check.broken')}<//>`}
    ${check?.state === 'done' && html`<${Findings} of=${check.findings} />`}`
}

// ---- what it reads, sends, hears ----

function Reads({row, me, reload}) {
  const {reads} = row
  const sync = async () => {
    await api.post('/api/connections/sync', {line: row.line})
    toast(t('connections.sync.asked'))
    reload()
  }
  return html`<div class="row between"><h3>${t('connections.reads')}</h3>${may(me, 'operator') && html`<${Button} kind="small" run=${sync} off=${reads.asked}>${t(reads.asked ? 'connections.sync.waits' : 'connections.sync')}<//>`}</div>
    ${reads.failed && html`<${Notice} kind="bad">${t('connections.failed')} <${Instant} value=${reads.failed.since} />: ${reads.failed.why}<//>`}
    <dl class="facts">${row.kind === 'erp' && html`<dt>${t('connections.last')}</dt><dd>${reads.last ? html`<${Instant} value=${reads.last} />` : t('connections.never')}</dd>`}
      <dt>${t('connections.every')}</dt><dd>${plural('connections.minutes', reads.every_minutes)}</dd>
      ${row.kind === 'erp' && html`<dt>${t('connections.behind')}</dt><dd>${reads.behind ? t('connections.behind.rows', number(reads.behind), number(reads.hinted)) : t('connections.behind.none')}</dd>`}</dl>`
}

const rate = s => [s.per_minute ? t('connections.per_minute', number(s.per_minute)) : t('connections.any_number'), s.at_once ? t('connections.at_once', number(s.at_once)) : '', s.together > 1 ? t('connections.together', number(s.together)) : ''].filter(Boolean).join(' · ')

function Sends({sends}) {
  return html`<h3>${t('connections.sends')}</h3>
    ${sends.rests && html`<${Notice} kind="bad">${t('connections.rests')} <${Instant} value=${sends.rest_until} style="short" />${sends.reason && html`: ${sends.reason}`}<//>`}
    <dl class="facts"><dt>${t('connections.limits')}</dt><dd>${rate(sends)}</dd>
      <dt>${t('connections.state')}</dt><dd>${sends.failed_in_row || sends.unknown_in_row ? t('connections.in_row', number(sends.failed_in_row), number(sends.unknown_in_row)) : t('connections.works')}</dd>
      <dt>${t('connections.messages')}</dt><dd><a href=${`/outbox?channel=${sends.outlet}`}>${outletName(sends.outlet)}</a></dd></dl>`
}

function Hook({hook}) {
  const copy = async () => { await navigator.clipboard.writeText(hook.address); toast(t('connections.copied')) }
  return html`<h3>${t('connections.hook')}</h3>
    ${!hook.on && html`<p class="muted">${t('connections.hook.off')}</p>`}
    ${hook.on && !hook.address && html`<${Notice} kind="warn">${t('connections.hook.no_url')}<//>`}
    <dl class="facts"><dt>${t('connections.address')}</dt><dd><code class="wrap-any">${hook.address || hook.path}</code> ${hook.address && html`<${Button} kind="small quiet" run=${copy}>${t('connections.copy')}<//>`}</dd>
      ${(hook.address || hook.path).includes('{token}') && html`<dt></dt><dd class="muted">${t('connections.hook.token')}</dd>`}
      <dt>${t('connections.hook.last')}</dt><dd>${hook.last ? html`<${Instant} value=${hook.last} />` : t('connections.never')}</dd></dl>`
}

function Settings({settings}) {
  return html`<details><summary>${t('connections.settings')}</summary><${Table} rows=${settings} id=${s => s.key} label=${t('connections.settings')} columns=${[
    {key: 'key', name: t('connections.setting'), head: true, cell: s => html`<code>${s.key}</code>`},
    {key: 'variable', name: t('connections.variable'), cell: s => s.variable ? html`<code>${s.variable}</code>` : t('connections.in_line')},
    {key: 'set', name: t('connections.is_set'), cell: s => s.set ? t('yes') : html`<strong class="bad">${t('no')}</strong>`}]} /></details>`
}

// ---- a line, and all ----

const wrongs = check => check?.state === 'done' ? check.findings.filter(f => !f.fine).length : 0
function Health({row}) {
  if (row.reads?.failed || row.sends?.rests) return html`<${Badge} kind="bad">${t('connections.stands_still')}<//>`
  if (wrongs(row.check)) return html`<${Badge} kind="warn">${plural('connections.findings', wrongs(row.check))}<//>`
  return row.check?.state === 'done' ? html`<${Badge} kind="good">${t('connections.fine')}<//>` : null
}

function Line({row, me, reload, check}) {
  return html`<section class="panel stack" aria-label=${row.line}><div class="row between"><h2>${row.kind} · ${row.vendor}</h2><${Health} row=${row} /></div>
    ${row.reads && html`<div><${Reads} row=${row} me=${me} reload=${reload} /></div>`}${row.sends && html`<div><${Sends} sends=${row.sends} /></div>`}
    ${row.hook && html`<div><${Hook} hook=${row.hook} /></div>`}<div><${Check} check=${row.check} me=${me} run=${() => check(row.line)} /></div>
    ${row.settings.length > 0 && html`<${Settings} settings=${row.settings} />`}</section>`
}

function Others({others, me, check}) {
  return html`<section class="panel stack"><h2>${t('connections.others')}</h2><p>${[others.teams.join(', '), others.documents ? t('connections.documents') : ''].filter(Boolean).join(' · ')}</p>
    <${Check} check=${others.check} me=${me} run=${() => check(others.line)} /></section>`
}

export default function Page({me}) {
  const all = useData('/api/connections', undefined, ['connections'])
  const check = async line => {
    await api.post('/api/connections/check', {line})
    toast(t('connections.check.begun'))
    all.reload()
  }
  const any = all.data && (all.data.rows.length > 0 || all.data.others)
  return html`<${PageHead} title=${t('connections.title')} sub=${all.data?.synced && html`${t('connections.synced')} <${Instant} value=${all.data.synced} />`}
      actions=${may(me, 'admin') && any && html`<${Button} run=${() => check('')}>${t('connections.check.all')}<//>`} />
    <${Loaded} of=${all}>${data => any ? html`<div class="columns">${data.rows.map(r => html`<${Line} key=${r.line} row=${r} me=${me} reload=${all.reload} check=${check} />`)}
      ${data.others && html`<${Others} others=${data.others} me=${me} check=${check} />`}</div>` : html`<${Empty} title=${t('connections.none')}>${t('connections.none.is')}<//>`}<//>`
}
