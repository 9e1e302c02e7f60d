// A column of the board, and a card in it: dragged, moved by its menu, or picked up and put down by keys.
import {html, useRef, useState, useRows, Badge, Button, Day, Menu, Money, Person, has, number, t} from './base.js'

// Our own columns have words; those that the policy names are shown as it names them.
export const laneName = name => has(`board.lane.${name}`) ? t(`board.lane.${name}`) : name

export const AGREEMENT_KIND = {proposed: 'warn', ordered: 'info', 'in force': 'good', refused: 'bad', broken: 'bad', kept: 'good', overridden: 'bad'}
export const agreementWords = state => t(`board.agreement.${state.replace(' ', '_')}`)

// Whose it is and which invoice, where its words do not say so.
const beside = card => [card.customer.name, card.invoice?.number].filter(x => x && !card.title.includes(x)).join(' · ')

function Face({card, today}) {
  const late = card.due && card.due < today && !card.closed
  return html`<a class="card-title" href=${`/cards/${card.id}`} tabindex="-1" draggable=${false}>${card.title || t('board.no_title')}</a>
    ${beside(card) && html`<span class="card-of">${beside(card)}</span>`}
    <span class="card-facts">
      ${card.invoice && html`<${Money} value=${card.invoice.open} />`}
      ${card.priority === 'high' && html`<${Badge} kind="bad">${t('board.high')}<//>`}
      ${card.due && html`<${Badge} kind=${late ? 'bad' : ''}>${late ? t('board.late') : t('board.by')} <${Day} value=${card.due} style="short" /><//>`}
      ${card.agreement && html`<${Badge} kind=${AGREEMENT_KIND[card.agreement]}>${agreementWords(card.agreement)}<//>`}
      ${card.comments > 0 && html`<span class="muted" title=${t('board.comments')}><span aria-hidden="true">💬 </span><span class="hidden-text">${t('board.comments')} </span>${number(card.comments)}</span>`}
      ${card.assignee && html`<${Person} who=${card.assignee} />`}
    </span>`
}

// Picked up by Space: arrows choose the column, Space or Enter puts it down, Escape leaves it where it was.
function useKeys({card, columns, move, say, works}) {
  const [held, hold] = useState(null)
  function put(to) {
    hold(null)
    if (to === null || to === card.column) say(t('board.left', card.title, laneName(card.column)))
    else move(card, to)
  }
  function key(e) {
    if (e.target !== e.currentTarget) return
    if (e.key === 'Enter' && held === null) return e.currentTarget.querySelector('.card-title').click()
    if (!works) return
    if (held === null) {
      if (e.key !== ' ') return
      e.preventDefault()
      hold(card.column)
      say(t('board.held', card.title, laneName(card.column)))
      return
    }
    e.preventDefault()
    e.stopPropagation()
    const at = columns.findIndex(c => c.name === held), step = {ArrowRight: 1, ArrowLeft: -1}[e.key]
    if (e.key === 'Escape') return put(null)
    if (e.key === ' ' || e.key === 'Enter') return put(held)
    const next = step && columns[at + step]
    if (!next) return
    hold(next.name)
    say(t('board.over', laneName(next.name), at + step + 1, columns.length))
  }
  return {held, key, leave: () => held !== null && put(null)}
}

function Card({card, columns, today, works, move, say}) {
  const [dragged, drag] = useState(false)
  const keys = useKeys({card, columns, move, say, works})
  function begin(e) {
    e.dataTransfer.setData('application/x-dun-card', JSON.stringify(card))
    e.dataTransfer.effectAllowed = 'move'
    drag(true)
  }
  const items = columns.filter(c => c.name !== card.column).map(c => ({key: c.name, name: laneName(c.name), run: () => move(card, c.name)}))
  return html`<li class=${`card ${keys.held !== null ? 'held' : ''} ${dragged ? 'dragged' : ''} ${card.priority === 'high' ? 'high' : ''}`} tabindex="0" data-id=${card.id}
      aria-describedby="board-keys" draggable=${works ? 'true' : undefined} onDragStart=${begin} onDragEnd=${() => drag(false)} onKeyDown=${keys.key} onBlur=${keys.leave}>
    <${Face} card=${card} today=${today} />
    ${keys.held !== null && html`<span class="card-target">→ ${laneName(keys.held)}</span>`}
    ${works && html`<span class="card-menu"><${Menu} kind="quiet icon small" label=${t('board.move', card.title)} items=${items}>⋯<//></span>`}
  </li>`
}

const isCard = e => [...e.dataTransfer.types].includes('application/x-dun-card')

export function Column({column, columns, params, today, works, move, say}) {
  const [deep, setDeep] = useState(false)
  const [over, setOver] = useState(false)
  const inside = useRef(0)
  const list = useRows(deep ? '/api/board/cards' : null, {...params, column: column.name}, ['board'])
  const rows = deep && list.rows.length ? list.rows : column.rows
  const more = deep ? list.next : column.next
  const moves = d => { inside.current += d; setOver(inside.current > 0) }
  function drop(e) {
    inside.current = 0
    setOver(false)
    if (!isCard(e)) return
    e.preventDefault()
    move(JSON.parse(e.dataTransfer.getData('application/x-dun-card')), column.name)
  }
  const drops = works && {onDragEnter: e => isCard(e) && moves(1), onDragLeave: e => isCard(e) && moves(-1),
    onDragOver: e => { if (isCard(e)) { e.preventDefault(); e.dataTransfer.dropEffect = 'move' } }, onDrop: drop}
  return html`<section class=${`lane ${over ? 'over' : ''}`} aria-label=${laneName(column.name)} ...${drops || {}}>
    <h2>${laneName(column.name)} <span class="muted number">${number(params.closed === '1' ? rows.length : column.cards)}</span></h2>
    ${rows.length > 0 && html`<ul class="plain cards-list">${rows.map(c => html`<${Card} key=${c.id} card=${c} columns=${columns} today=${today} works=${works} move=${move} say=${say} />`)}</ul>`}
    ${more && html`<${Button} kind="small" run=${() => deep ? list.more() : setDeep(true)} busy=${deep && list.moreBusy}>${t('more_rows')}<//>`}
  </section>`
}
