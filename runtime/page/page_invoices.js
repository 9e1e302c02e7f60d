// Invoices: all of the ledger, by due date, amount or number, and what narrows them.
import {html, useRows, useData, useQuery, useShell, useState, useEffect, PageHead, Field, t} from './base.js'
import {InvoiceTable} from './ledger_parts.js'

export const area = 'ledger'
export const styled = true

const any = values => [['', t('ledger.any')], ...(values || []).map(v => [v, v])]

// A text that goes into the address once nobody has typed for a moment.
function Typed({name, query, set, ...rest}) {
  const [text, setText] = useState(query[name] || '')
  useEffect(() => {
    if (text === (query[name] || '')) return undefined
    const timer = setTimeout(() => set({[name]: text.trim()}), 150)
    return () => clearTimeout(timer)
  }, [text])
  return html`<${Field} value=${text} onChange=${setText} autocomplete="off" ...${rest} />`
}

function Filters({query, set, error}) {
  const {data} = useData('/api/choices/invoices')
  const flag = name => html`<${Field} label=${t(`ledger.${name}`)} type="checkbox" value=${query[name]} onChange=${on => set({[name]: on ? 1 : ''})} />`
  return html`<div class="filters" role="search" aria-label=${t('ledger.invoices')}>
    <${Typed} name="q" query=${query} set=${set} label=${t('ledger.number')} type="search" spellcheck=${false} />
    <${Field} label=${t('ledger.order')} type="select" value=${query.order || 'due'} onChange=${v => set({order: v})}
      options=${[['due', t('ledger.by_due')], ['-due', t('ledger.by_due_last')], ['amount', t('ledger.by_amount')], ['number', t('ledger.by_number')]]} />
    <${Field} label=${t('ledger.state')} type="select" value=${query.status ?? 'open'} onChange=${v => set({status: v})}
      options=${[['open', t('ledger.is_open')], ['overdue', t('ledger.overdue')], ['paid', t('ledger.is_paid')], ['cancelled', t('ledger.is_cancelled')], ['all', t('ledger.any')]]} />
    <${Field} label=${t('ledger.due_from')} type="date" value=${query.due_from} onChange=${v => set({due_from: v})} />
    <${Field} label=${t('ledger.due_to')} type="date" value=${query.due_to} onChange=${v => set({due_to: v})} />
    <${Typed} name="least" query=${query} set=${set} label=${t('ledger.least')} inputmode="decimal" error=${error} />
    <${Typed} name="most" query=${query} set=${set} label=${t('ledger.most')} inputmode="decimal" error=${error} />
    ${data?.currencies?.length > 1 && html`<${Field} label=${t('ledger.currency')} type="select" value=${query.currency} options=${any(data.currencies)} onChange=${v => set({currency: v})} />`}
    ${data?.rungs?.length > 0 && html`<${Field} label=${t('ledger.rung')} type="select" value=${query.rung} options=${any(data.rungs)} onChange=${v => set({rung: v})} />`}
    ${flag('disputed')}${flag('promised')}${flag('held')}
  </div>`
}

export default function Invoices() {
  const [query, set] = useQuery()
  const shell = useShell()
  const status = query.status ?? 'open'
  const list = useRows('/api/invoices', {...query, status: status === 'all' ? '' : status}, ['invoices'])
  return html`<${PageHead} title=${t('ledger.invoices')} />
    <${Filters} query=${query} set=${set} error=${list.error} />
    <${InvoiceTable} list=${list} customer today=${shell?.today} label=${t('ledger.invoices')} />`
}
