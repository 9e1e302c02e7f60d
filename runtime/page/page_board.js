// The board: cards by column, dragged or moved by keys; what others do, and what the policy does, appears by itself.
import {html, useEffect, useRef, useState, useData, useQuery, api, Button, Field, Loaded, PageHead, Empty, may, t, toast, toastError} from './base.js'
import {Column, laneName} from './board_column.js'

export const area = 'board'
export const styled = true

const FILTERS = ['q', 'assignee', 'kind', 'overdue', 'closed', 'customer']

// What is typed is asked for once nothing more is typed for a moment.
function SearchField({value, onChange}) {
  const [own, set] = useState(value || '')
  const timer = useRef(0)
  useEffect(() => set(value || ''), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  function typed(v) {
    set(v)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onChange(v.trim()), 250)
  }
  return html`<${Field} label=${t('board.search')} type="search" value=${own} onChange=${typed} />`
}

function Filters({query, set, me}) {
  const people = useData('/api/people/names', undefined, ['people']).data?.rows || []
  const any = FILTERS.some(f => query[f])
  const mine = query.assignee === me.login
  return html`<div class="filters" role="search" aria-label=${t('board.filters')}>
    <${SearchField} value=${query.q} onChange=${q => set({q})} />
    <${Field} label=${t('board.assignee')} type="select" value=${query.assignee} onChange=${v => set({assignee: v})}
      options=${[['', t('board.anybody')], ['-', t('nobody')], ...people.map(p => [p.login, p.name || p.login])]} />
    <${Field} label=${t('board.about')} type="select" value=${query.kind} onChange=${v => set({kind: v})}
      options=${[['', t('board.any')], ['invoice', t('kind.invoice')], ['customer', t('kind.customer')], ['contract', t('kind.contract')]]} />
    <${Field} label=${t('board.overdue')} type="checkbox" value=${query.overdue === '1'} onChange=${v => set({overdue: v ? '1' : ''})} />
    <${Field} label=${t('board.closed')} type="checkbox" value=${query.closed === '1'} onChange=${v => set({closed: v ? '1' : ''})} />
    <${Button} kind="small" aria-pressed=${mine ? 'true' : 'false'} run=${() => set({assignee: mine ? '' : me.login})}>${t('board.mine')}<//>
    ${query.customer && html`<${Button} kind="small" run=${() => set({customer: ''})}>${t('board.customer', query.customer)} ✕<//>`}
    ${any && html`<${Button} kind="small quiet" run=${() => set(Object.fromEntries(FILTERS.map(f => [f, ''])))}>${t('board.all')}<//>`}
  </div>`
}

// The board as it will be: the card in its new column, at the top.
function withMoved(data, card, to) {
  return {...data, columns: data.columns.map(c => ({...c,
    cards: c.cards + (c.name === to) - (c.name === card.column),
    rows: c.name === to ? [{...card, column: to}, ...c.rows.filter(r => r.id !== card.id)] : c.rows.filter(r => r.id !== card.id)}))}
}

// The focus goes along with the card that has it.
function follow(id) {
  if (document.activeElement?.closest('.card')?.dataset.id === String(id))
    requestAnimationFrame(() => setTimeout(() => document.querySelector(`.card[data-id="${id}"]`)?.focus()))
}

function useMove(board, say) {
  return async function move(card, to) {
    if (to === card.column) return
    follow(card.id)
    board.change(data => withMoved(data, card, to))
    say(t('board.moved', card.title, laneName(to)))
    try {
      await api.post(`/api/cards/${card.id}/move`, {version: card.version, column: to})
    } catch (e) {
      if (e.code !== 'changed_meanwhile') toastError(e)
      else {
        const now = (await api.get(`/api/cards/${card.id}`)).card
        toast(t('board.changed', now.title, laneName(now.column)), {kind: 'bad'})
      }
      say(t('board.not_moved', card.title))
    }
    board.reload()
  }
}

// Arrows walk from card to card; of the next column the card at the same height.
function walk(e) {
  const step = {ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0]}[e.key]
  const card = e.target.closest('.card')
  if (!step || card !== e.target) return
  const lanes = [...document.querySelectorAll('.lane')].map(l => [...l.querySelectorAll('.card')])
  let at = lanes.findIndex(l => l.includes(card))
  const row = lanes[at].indexOf(card)
  if (step[0]) do { at += step[0] } while (lanes[at] && !lanes[at].length)
  const to = lanes[at]?.[step[0] ? Math.min(row, lanes[at].length - 1) : row + step[1]]
  if (!to) return
  e.preventDefault()
  to.focus()
}

export default function Board({me}) {
  const [query, set] = useQuery()
  const [said, say] = useState('')
  const params = Object.fromEntries(FILTERS.map(f => [f, query[f]]))
  const board = useData('/api/board', params, ['board'])
  const move = useMove(board, say)
  const works = may(me, 'operator') && query.closed !== '1'
  return html`<${PageHead} title=${t('board.title')} />
    <${Filters} query=${query} set=${set} me=${me} />
    <p class="hidden-text" id="board-keys">${works ? t('board.keys') : t('board.keys_read')}</p>
    <div class="hidden-text" role="status" aria-live="assertive">${said}</div>
    <${Loaded} of=${board}>${data => data.columns.every(c => !c.rows.length) && Object.values(params).every(v => !v)
      ? html`<${Empty} title=${t('board.empty')}>${t('board.empty_why')}<//>`
      : html`<div class="board" onKeyDown=${walk}>${data.columns.map(c => html`<${Column} key=${c.name} column=${c} columns=${data.columns} params=${params}
          today=${data.today} works=${works} move=${move} say=${say} />`)}</div>`}<//>`
}
