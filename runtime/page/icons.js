// The pictures of the navigation: strokes of 16 by 16, in the colour of the text. They say nothing that words beside them do not.
import {html} from './parts_html.js'

const PATHS = {
  sun: 'M8 4.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4ZM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  columns: 'M2 2.5h3.4v11H2zM6.4 2.5h3.2v7H6.4zM10.6 2.5H14v9h-3.4z',
  people: 'M6 7.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8ZM1.6 13.6c.3-2.7 2-4.2 4.4-4.2s4.1 1.5 4.4 4.2M10.6 2.6a2.4 2.4 0 0 1 0 4.4M12 9.8c1.4.6 2.2 1.9 2.4 3.8',
  sheet: 'M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 7.5h5M5.5 9.5h5M5.5 11.5h3',
  send: 'M14.5 1.5 7 9M14.5 1.5l-4.7 13-2.8-5.5-5.5-2.8z',
  scroll: 'M4 2.5h8.5v9.5a1.5 1.5 0 0 1-1.5 1.5H4.5M4 2.5A1.5 1.5 0 0 0 2.5 4v1H5.5V4A1.5 1.5 0 0 0 4 2.5ZM5.5 5v7a1.5 1.5 0 0 1-3 0v-.5h6.5M8 6h2.5M8 8.5h2.5',
  chart: 'M2 2v12h12M5 11V8M8 11V5M11 11V7',
  plug: 'M5.5 1.5v4M10.5 1.5v4M3.5 5.5h9v2.5a4.5 4.5 0 0 1-9 0zM8 12.5v2.5',
  check: 'M8 1.5l5.5 2v4.5c0 3-2.2 5.3-5.5 6.5-3.3-1.2-5.5-3.5-5.5-6.5V3.5zM5.5 8l1.8 1.8 3.2-3.6',
  key: 'M5.5 10.5a3.2 3.2 0 1 1 2.9-4.6h6.1v2.6h-1.5v2h-2.2v-2H8.4a3.2 3.2 0 0 1-2.9 2Z',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
}
export const Icon = ({name, size = 16}) => html`<svg width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`

// A bill with a tick of the clock: what the program is called by.
export const Mark = () => html`<svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" focusable="false"><path fill="currentColor"
  d="M4 1h14a1.5 1.5 0 0 1 1.5 1.5V21l-2.9-1.8L13.8 21 11 19.2 8.2 21l-2.8-1.8L2.5 21V2.5A1.5 1.5 0 0 1 4 1Zm2.5 5v1.8h9V6Zm0 4v1.8h5.5V10Zm0 4v1.8h7V14Z" /></svg>`
