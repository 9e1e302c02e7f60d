// What pages are made of, in one place to import from: import {html, useData, Table, t} from './base.js'.
// docs/adding/page.md shows each in use.
export {html, render, Fragment} from './parts_html.js'
export {useState, useEffect, useMemo, useRef, useCallback, useId, useReducer} from './lib_hooks.js'
export {api, ApiError, useData, useRows, useLive} from './parts_net.js'
export {t, has, plural, words, money, day, instant, ago, number, percent, compare, currentLanguage, LANGUAGES} from './parts_words.js'
export {go, here, useHere, useQuery, Link} from './parts_route.js'
export {Badge, Money, Day, Instant, Person, Empty, Busy, Notice, Failure, Loaded, Tabs, Menu, toast, toastError} from './parts_show.js'
export {Field, Button, Dialog, Confirm, useForm, forgetPeople} from './parts_form.js'
export {Table, Pager} from './parts_table.js'
export {may, useMe, useShell, PageHead} from './parts_page.js'
