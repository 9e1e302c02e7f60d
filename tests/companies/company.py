#!/usr/bin/env python3
"""Whole companies, made from a seed: a policy, its data, and the timeline that LANGUAGE.md gives them.

company.py SEED FOLDER writes policy.dun, args, data/*.csv and expect.csv, as a conformance case has them.

The evaluator below was written from LANGUAGE.md alone and shares nothing with the product: one plain loop over days and
invoices, in the order in which sections 5 to 8 say things. Whatever it says differently is a mistake on one side.
"""
import csv, datetime as dt, io, os, random, sys
from decimal import Decimal as D

DAY = dt.timedelta(1)
FROM, TO = dt.date(2026, 1, 5), dt.date(2026, 4, 20)


# ---- days ----

def easter(y):
    a, b, c = y % 19, y // 100, y % 100
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return dt.date(y, month, day + 1)


def brazil(d):
    e = easter(d.year)
    moving = {e - 48 * DAY, e - 47 * DAY, e - 2 * DAY, e + 60 * DAY}
    fixed = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)}
    return d.weekday() < 5 and d not in moving and (d.month, d.day) not in fixed


def add_months(d, n):
    y, m = divmod(d.year * 12 + d.month - 1 + n, 12)
    for day in range(d.day, 27, -1):
        try:
            return dt.date(y, m + 1, day)
        except ValueError:
            pass
    return dt.date(y, m + 1, d.day)


def shift(d, n, unit, business):
    if unit == 'd': return d + n * DAY
    if unit == 'w': return d + 7 * n * DAY
    if unit == 'mo': return add_months(d, n)
    step = DAY if n > 0 else -DAY
    for _ in range(abs(n)):
        d += step
        while not business(d): d += step
    return d


# ---- three-valued logic ----

def k_and(a, b): return False if a is False or b is False else None if a is None or b is None else True
def k_or(a, b): return True if a is True or b is True else None if a is None or b is None else False
def k_not(a): return None if a is None else not a


# ---- what a policy is made of ----

class Cond:
    def __init__(self, text, fn): self.text, self.fn = text, fn


class Action:  # kind: send, log, card, escalate, alert, move
    def __init__(self, kind, text, ways=(), template=None): self.kind, self.text, self.ways, self.template = kind, text, ways, template


class Line:  # [(cond or None, [actions])]
    def __init__(self, branches): self.branches = branches

    def text(self):
        out = ''
        for i, (c, acts) in enumerate(self.branches):
            if i: out += ' otherwise '
            if c: out += f'if {c.text} '
            out += ' then '.join(a.text for a in acts)
        return out


class Rung:
    def __init__(self, n, unit, lines, every=None, times=0): self.n, self.unit, self.lines, self.every, self.times = n, unit, lines, every, times

    def head(self):
        if self.n == 0: return 'at due'
        s = f'at {abs(self.n)}{self.unit}' + (' before due' if self.n < 0 else '')
        if self.every: s += f' then every {self.every}d, {self.times} more times'
        return s

    def offsets(self):
        yield self.n, self.unit
        for i in range(self.times): yield self.n + self.every * (i + 1), self.unit


def label(n, unit): return '0d' if n == 0 else f'{n}{unit}'


class Track:  # ladder, or a `when` with rungs
    def __init__(self, name, cond, rungs, ladder): self.name, self.cond, self.rungs, self.ladder = name, cond, rungs, ladder


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.marks = 0

    def cond(self, dynamic=True):
        r = self.r
        x = r.choice([200, 500, 1000, 2500])
        pick = r.randrange(9 if dynamic else 4)
        if pick == 0: c = Cond(f'amount >= {x}', lambda w, i, x=x: i['amount'] >= x)
        elif pick == 1: c = Cond(f'amount < {x}', lambda w, i, x=x: i['amount'] < x)
        elif pick == 2: c = Cond('customer.segment = "smb"', lambda w, i: None if not w.cust(i)['segment'] else w.cust(i)['segment'] == 'smb')
        elif pick == 3: c = Cond('customer.segment in ("gov", "enterprise")', lambda w, i: None if not w.cust(i)['segment'] else w.cust(i)['segment'] in ('gov', 'enterprise'))
        elif pick == 4: c = Cond(f'open > {x}', lambda w, i, x=x: i['open'] > x)
        elif pick == 5: c = Cond('customer.overdue_count >= 2', lambda w, i: w.overdue_count(i) >= 2)
        elif pick == 6: c = Cond(f'customer.overdue_total > {x}', lambda w, i, x=x: w.overdue_total(i) > x)
        elif pick == 7: c = Cond('disputed', lambda w, i: i['disputed'])
        else: c = Cond('paid_amount > 0', lambda w, i: i['amount'] - i['open'] > 0)
        if r.random() < .12: return Cond(f'not ({c.text})', lambda w, i, c=c: k_not(c.fn(w, i)))
        if r.random() < .25:
            o = self.cond(dynamic)
            if r.random() < .5: return Cond(f'({c.text}) and ({o.text})', lambda w, i, c=c, o=o: k_and(c.fn(w, i), o.fn(w, i)))
            return Cond(f'({c.text} or {o.text})', lambda w, i, c=c, o=o: k_or(c.fn(w, i), o.fn(w, i)))
        return c

    def quiet(self):
        self.marks += 1
        r, m = self.r, self.marks
        return r.choice([lambda: Action('log', f'log "m{m} {{number}}"'), lambda: Action('card', f'open card in "B{m}"'),
                         lambda: Action('escalate', 'escalate to owner'), lambda: Action('alert', f'alert finance "m{m} {{number}}"')])()

    def send(self):
        self.marks += 1
        r, m = self.r, self.marks
        ways = r.sample(['email', 'whatsapp', 'sms'], r.choice([1, 1, 2]))
        t = f't{m}'
        text = f'send {ways[0]} template "{t}"' + ''.join(f' or else {c} template "{t}"' for c in ways[1:])
        return Action('send', text, ways, t)

    def actions(self):
        acts = [self.quiet() for _ in range(self.r.choice([0, 0, 0, 1]))]
        if self.r.random() < .75: acts.append(self.send())
        acts += [self.quiet() for _ in range(self.r.choice([0, 0, 1]))]
        return acts or [self.quiet()]

    def line(self):
        p = self.r.random()
        if p < .65: return Line([(None, self.actions())])
        b = [(self.cond(), self.actions())]
        if p < .85: b.append((None, self.actions()))
        elif p < .92: b += [(self.cond(), self.actions()), (None, self.actions())]
        return Line(b)

    def rungs(self, early):
        r, out, used = self.r, [], set()
        for _ in range(r.randint(2, 6)):
            unit = r.choice(['d', 'd', 'd', 'd', 'bd', 'w', 'mo'])
            n = {'d': r.choice(([-5, -3, -1, 0] if early else []) + [1, 2, 3, 5, 7, 8, 10, 15, 20, 30, 45]), 'bd': r.choice([-2, 1, 2, 5, 10] if early else [1, 2, 5, 10]),
                 'w': r.choice([1, 2, 3]), 'mo': r.choice([1, 2])}[unit]
            if (n, unit) in used: continue
            used.add((n, unit))
            out.append(Rung(n, unit, [self.line() for _ in range(r.choice([1, 1, 1, 2]))]))
        if r.random() < .3 and not {(12, 'd'), (17, 'd'), (22, 'd')} & used: out.append(Rung(12, 'd', [self.line()], 5, 2))
        return out

    def policy(self):
        r, p = self.r, {}
        p['calendar'] = r.choice([None, 'brazil', 'brazil'])
        p['holds'] = []
        if r.random() < .6: p['holds'].append(Cond('disputed', lambda w, i: i['disputed']))
        if r.random() < .2: p['holds'].append(Cond('customer.segment = "gov" and open < 500', lambda w, i: k_and(None if not w.cust(i)['segment'] else w.cust(i)['segment'] == 'gov', i['open'] < 500)))
        p['promised'] = r.choice([None, (0, 'd'), (2, 'd'), (2, 'bd')])
        p['stop'] = Cond('open < 60 and amount > 400', lambda w, i: i['open'] < 60 and i['amount'] > 400) if r.random() < .3 else None
        p['ignore'] = r.choice([None, None, 30])
        p['together'] = r.random() < .7
        p['windows'] = []
        for _ in range(r.choice([0, 1, 1, 2])):
            channel = r.choice([None, None, 'whatsapp', 'email'])
            days = r.choice([('business days', None), ('weekdays', {0, 1, 2, 3, 4}), ('monday, wednesday, friday', {0, 2, 4}), ('tuesday, thursday', {1, 3})])
            if all(c != channel for c, _ in p['windows']): p['windows'].append((channel, days))
        if len(p['windows']) == 2: p['windows'] = [(c, d) if c is None else (c, ('weekdays', {0, 1, 2, 3, 4})) for c, d in p['windows']]
        p['limits'] = []
        for scope, n, days, word in [('customer', 1, 1, 'day'), ('customer', 3, 7, 'week'), ('channel', 1, 7, 'week'), ('invoice', 1, 7, 'week'), ('customer', 2, 3, '3 days')]:
            if r.random() < .22: p['limits'].append((scope, n, days, word))
        p['ladders'] = []
        for k in range(r.randint(1, 3)):
            p['ladders'].append(Track(f'lad{k}', self.cond(False) if k == 0 or r.random() < .5 else None, self.rungs(True), True))
        p['whens'] = []
        for k in range(r.randint(0, 2)):
            p['whens'].append(Track(f'late{k}', self.cond(False) if r.random() < .6 else None, [Rung(r.choice([3, 6, 9]), 'd', [self.line()])] + ([Rung(25, 'd', [self.line()])] if r.random() < .5 else []), False))
        here = lambda c: Cond(f'amount > 0 and ({c.text})', c.fn)  # one that reads customers alone would run once a customer
        p['standing'] = [(f'st{k}', here(self.cond()), r.choice([None, None, 7]), [self.quiet() for _ in range(r.choice([1, 2]))]) for k in range(r.randint(0, 2))]
        p['every'] = [(h, self.cond(), [self.quiet()]) for h in r.sample(['every week on monday', 'every month on day 15', 'every month on last day'], r.choice([0, 1]))]
        p['on'] = [(e, self.quiet()) for e in ['payment in full', 'partial payment', 'promise broken', 'dispute'] if r.random() < .5]
        return p


def policy_text(p):
    s = ['policy "Company"', '  currency BRL']
    if p['calendar']: s.append(f'  calendar {p["calendar"]}')
    for c, (t, _) in p['windows']: s.append(f'  send {c + " " if c else ""}on {t}')
    for scope, n, _, word in p['limits']:
        s.append({'customer': f'  limit each customer to {n} messages per {word}', 'channel': f'  limit each customer to {n} messages per {word} per channel',
                  'invoice': f'  limit each invoice to {n} messages per {word}'}[scope])
    if not p['together']: s.append('  one message per invoice')
    if p['ignore']: s.append(f'  ignore balances below {p["ignore"]}')
    s += [f'hold while {c.text}' for c in p['holds']]
    if p['promised']: s.append('hold while promised' + (f' plus {p["promised"][0]}{p["promised"][1]}' if p['promised'][0] else ''))
    if p['stop']: s.append(f'stop when {p["stop"].text}')
    for t in p['ladders']:
        s.append(f'ladder {t.name} for invoices' + (f' where {t.cond.text}' if t.cond else ''))
        for g in t.rungs: s += ['  ' + g.head()] + ['    ' + l.text() for l in g.lines]
    for t in p['whens']:
        first = t.rungs[0]
        s.append(f'rule {t.name}: when overdue >= {first.n}d' + (f' and ({t.cond.text})' if t.cond else ''))
        s += ['    ' + l.text() for l in first.lines]
        for g in t.rungs[1:]: s += ['  ' + g.head()] + ['    ' + l.text() for l in g.lines]
    for name, c, again, acts in p['standing']:
        s += [f'rule {name}: when {c.text}' + (f' again every {again}d' if again else ''), '    ' + ' then '.join(a.text for a in acts)]
    for h, c, acts in p['every']: s += [f'{h} for invoices where {c.text}', '    ' + ' then '.join(a.text for a in acts)]
    for e, a in p['on']: s += [f'on {e}', '    ' + a.text]
    return '\n'.join(s) + '\n'


def company(r):
    customers, invoices, events = {}, {}, []
    for k in range(14):
        owner = f'o{k % 3}@x.com' if r.random() < .8 else ''
        customers[f'c{k:02}'] = {'id': f'c{k:02}', 'name': f'Name {k}', 'email': f'c{k}@x.com' if r.random() < .85 else '', 'phone': f'+55110000{k:02}' if r.random() < .7 else '',
                                 'whatsapp': f'+55119000{k:02}' if r.random() < .7 else '', 'segment': r.choice(['smb', 'smb', 'gov', 'enterprise', '']), 'owner': owner, 'opted': set()}
    for k in range(60):
        a = D(r.randrange(2000, 400000)) / 100
        invoices[f'N-{k:03}'] = {'number': f'N-{k:03}', 'customer': r.choice(sorted(customers)), 'amount': a, 'open': a, 'due': FROM + r.randrange(-25, 80) * DAY,
                                 'disputed': False, 'promise': None}
    busy, mood = set(), {}
    for _ in range(70):
        n, d = r.choice(sorted(invoices)), FROM + r.randrange(0, 100) * DAY
        if (n, d) in busy: continue
        busy.add((n, d))
        kind = r.choice(['pay', 'pay', 'part', 'dispute', 'resolved', 'promise', 'due', 'opt out'])
        events.append((d, n, kind))
    events.sort(key=lambda e: (e[0], e[1]))
    left, rows = {n: i['amount'] for n, i in invoices.items()}, []
    for d, n, kind in events:
        if left[n] <= 0:
            if kind == 'pay' and mood.get(n):
                rows.append((d, 'payment reversed', n, str(mood[n])))
                left[n], mood[n] = left[n] + mood[n], None
            continue
        if kind == 'pay' or (kind == 'part' and left[n] < 2):
            rows.append((d, 'payment', n, str(left[n])))
            mood[n], left[n] = left[n], D(0)
        elif kind == 'part':
            v = (left[n] * r.choice([30, 50, 90]) / 100).quantize(D('.01'))
            rows.append((d, 'payment', n, str(v)))
            left[n] -= v
        elif kind == 'dispute': rows.append((d, 'dispute', n, ''))
        elif kind == 'resolved': rows.append((d, 'dispute resolved', n, ''))
        elif kind == 'promise': rows.append((d, 'promise', n, str(d + r.randrange(1, 12) * DAY)))
        elif kind == 'due': rows.append((d, 'due date changed', n, str(invoices[n]['due'] + r.choice([-4, 3, 10, 30]) * DAY)))
        elif kind == 'opt out': rows.append((d, 'opt out', n, r.choice(['email', 'whatsapp', 'sms'])))
    return customers, invoices, rows


# ---- the evaluator ----

class World:
    def __init__(self, p, customers, invoices, events):
        self.p, self.customers, self.invoices, self.events = p, customers, invoices, events
        self.business = brazil if p['calendar'] else (lambda d: d.weekday() < 5)
        self.rows, self.sent = [], []  # sent: (day, customer, channel, invoices)
        self.state = {}
        self.dated = {}
        for i in invoices.values():
            i.update(stopped=False, climbed={}, pos={}, part={}, armed={}, last={})

    def cust(self, i): return self.customers[i['customer']]

    def late(self, i): return [j for j in self.invoices.values() if j['customer'] == i['customer'] and j['open'] > 0 and j['due'] < self.today]

    def overdue_count(self, i): return len(self.late(i))

    def overdue_total(self, i): return sum((j['open'] for j in self.late(i)), D(0))

    def contact(self, i, channel):
        if channel in self.cust(i)['opted']: return ''
        return self.cust(i)[{'email': 'email', 'whatsapp': 'whatsapp', 'sms': 'phone'}[channel]]

    def is_open(self, channel):
        for c, (_, days) in self.p['windows']:
            if c not in (None, channel): continue
            t = self.today
            if days is None and not self.business(t): return False
            if days is not None and t.weekday() not in days: return False
            # a named weekday that is a holiday of the calendar is closed; `weekdays` names none
            if days not in (None, {0, 1, 2, 3, 4}) and self.p['calendar'] and not self.business(t): return False
        return True

    def grace_end(self, i):
        g = self.p['promised'] or (0, 'd')
        return shift(i['promise'], g[0], g[1], self.business) if g[0] else i['promise']

    def eligible(self, i):
        if i['open'] <= 0 or i['stopped']: return False
        if self.p['stop'] and self.p['stop'].fn(self, i) is not False: return False
        if any(c.fn(self, i) is not False for c in self.p['holds']): return False
        if self.p['promised'] and i['promise'] and self.today <= self.grace_end(i): return False
        return not (self.p['ignore'] and i['open'] < self.p['ignore'])

    def places(self, track, i):
        """[(place, [(rung, n, unit)])], rising"""
        at = {}
        for g in track.rungs:
            for n, unit in g.offsets():
                at.setdefault((shift(i['due'], n, unit, self.business) - i['due']).days, []).append((g, n, unit))
        return sorted(at.items())

    def current(self, track, i):
        got = None
        for place, what in self.places(track, i):
            if i['due'] + place * DAY <= self.today: got = (place, what)
        return got

    def row(self, i, order, track, rung, text, to, names=None):
        self.rows.append(((self.today, i['customer'], names[0] if names else i['number'], order), [str(self.today), ' '.join(names or [i['number']]), i['customer'], track, rung, text, to]))

    def fill(self, i, text): return text.replace('{number}', i['number'])

    def quiet(self, a, i, order, track, rung):
        to = ''
        if a.kind == 'escalate': to = self.cust(i)['owner'] or 'no contact'
        self.row(i, order, track, rung, self.fill(i, a.text), to)

    def apply_events(self):
        fired = []
        for d, kind, n, value in self.events:
            if d != self.today: continue
            i = self.invoices[n]
            if kind == 'payment':
                i['open'] -= D(value)
                fired.append((i, 'payment in full' if i['open'] <= 0 else 'partial payment'))
            elif kind == 'payment reversed': i['open'] += D(value)
            elif kind == 'dispute':
                fired.append((i, 'dispute'))
                i['disputed'] = True
            elif kind == 'dispute resolved': i['disputed'] = False
            elif kind == 'promise': i['promise'] = dt.date.fromisoformat(value)
            elif kind == 'opt out': self.cust(i)['opted'].add(value)
            elif kind == 'due date changed': self.new_due(i, dt.date.fromisoformat(value))
        for i in self.invoices.values():
            if i['promise'] and self.today > self.grace_end(i):
                if i['open'] > 0: fired.append((i, 'promise broken'))
                i['promise'] = None
        return fired

    def new_due(self, i, due):
        if due == i['due']: return
        i['due'], i['promise'], i['stopped'] = due, None, False
        ladder = self.ladder_of(i)
        for key, climbed in i['climbed'].items():
            track = ladder if key == 'ladder' else next(t for t in self.p['whens'] if t.name == key)
            now = self.current(track, i) if track else None
            places = [(shift(due, n, unit, self.business) - due).days for n, unit in climbed]
            high = max(places) if places else None
            pos = i['pos'][key] = None if now is None or high is None else min(high, now[0])
            # what lies above the position is climbed afresh: it counts as climbed no more
            climbed.intersection_update({(n, u) for n, u in climbed if pos is not None and (shift(due, n, u, self.business) - due).days <= pos})
        for key, part in list(i['part'].items()):
            # a rung partly done goes on where it is still the current one (docs/language-choices.md)
            track = ladder if key == 'ladder' else next(t for t in self.p['whens'] if t.name == key)
            now = self.current(track, i) if track else None
            if now and {(n, u) for _, n, u in now[1]} == part['of']: part['place'] = now[0]
            else: del i['part'][key]

    def ladder_of(self, i):
        return next((t for t in self.p['ladders'] if t.cond is None or t.cond.fn(self, i) is True), None)

    def day(self):
        p = self.p
        fired = self.apply_events()
        for i in self.invoices.values():
            if i['open'] > 0 and p['stop'] and p['stop'].fn(self, i) is True: i['stopped'] = True
        wishes, finish = [], []
        for i in self.invoices.values():
            ok = self.eligible(i)
            if ok:
                ladder = self.ladder_of(i)
                for seq, track in enumerate([ladder] + p['whens']):
                    if track is None or (not track.ladder and track.cond and track.cond.fn(self, i) is not True): continue
                    self.climb(i, track, 0 if track.ladder else 1 + seq, wishes, finish)
            for k, (name, c, again, acts) in enumerate(p['standing']):
                v = c.fn(self, i)
                if v is False: i['armed'][name] = True
                due_again = again and i['last'].get(name) and self.today >= i['last'][name] + again * DAY
                if v is True and ok and (i['armed'].get(name, True) or due_again):
                    i['armed'][name], i['last'][name] = False, self.today
                    for a in acts: self.quiet(a, i, (100 + k, 0, acts.index(a)), '', name)
            for k, (head, c, acts) in enumerate(p['every']):
                last = (self.today + DAY).month != self.today.month
                on = {'every week on monday': self.today.weekday() == 0, 'every month on day 15': self.today.day == 15, 'every month on last day': last}[head]
                if on and ok and c.fn(self, i) is True:
                    for a in acts: self.quiet(a, i, (200 + k, 0, 0), '', head)
            for f, e in fired:
                if f is i:
                    for k, (head, a) in enumerate(p['on']):
                        if head == e: self.quiet(a, i, (300 + k, 0, 0), '', 'on ' + head)
        self.join(wishes)
        for done in finish: done()

    def climb(self, i, track, order, wishes, finish):
        key = 'ladder' if track.ladder else track.name
        now, pos = self.current(track, i), i['pos'].get(key)
        part = i['part'].get(key)
        if now is None or (pos is not None and now[0] <= pos) or (now[0] < 0 and self.today > i['due']): return
        place, what = now
        if part is None or part['place'] != place: part = i['part'][key] = {'place': place, 'of': {(n, u) for _, n, u in what}, 'lines': {}}
        lines = [(g, n, unit, l) for g, n, unit in what for l in g.lines]
        for k, (g, n, unit, l) in enumerate(lines):
            rung = label(n, unit) if track.ladder else f'{track.name} {label(n, unit)}'
            self.do_line(i, part['lines'].setdefault(k, {'branch': None, 'done': 0, 'over': False}), l, (order, k), track.name if track.ladder else '', rung, place, wishes)

        def end():
            if all(s['over'] for s in part['lines'].values()):
                i['pos'][key] = place
                i['climbed'].setdefault(key, set()).update((n, unit) for _, n, unit in what)
                i['part'].pop(key, None)
        finish.append(end)

    def do_line(self, i, s, line, order, track, rung, place, wishes):
        if s['over']: return
        branch = None
        for k, (c, _) in enumerate(line.branches):
            v = True if c is None else c.fn(self, i)
            if v is None: return
            if v:
                branch = k
                break
        if branch is None or (s['done'] and s['branch'] != branch):
            s['over'] = True
            return
        s['branch'] = branch
        acts = line.branches[branch][1]

        def go():
            while s['done'] < len(acts):
                a, at = acts[s['done']], order + (s['done'],)
                if a.kind != 'send': self.quiet(a, i, at, track, rung)
                else:
                    way = next((c for c in a.ways if self.contact(i, c)), None)
                    if way is None: self.row(i, at, track, rung, f'send {a.ways[0]} template "{a.template}"', 'no contact')
                    elif not s.get('sent'):
                        if self.is_open(way):
                            wishes.append({'i': i, 'place': place, 'order': at, 'way': way, 'to': self.contact(i, way), 'a': a, 'track': track, 'rung': rung, 's': s, 'go': go})
                        return
                    s['sent'] = False
                s['done'] += 1
            s['over'] = True
        go()

    def over(self, w, scope_invoice):
        for scope, n, days, _ in self.p['limits']:
            if (scope == 'invoice') != scope_invoice: continue
            c = 0
            for d, customer, channel, names in self.sent:
                if d <= self.today - days * DAY or customer != w['i']['customer']: continue
                c += scope == 'customer' or (scope == 'channel' and channel == w['way']) or (scope == 'invoice' and w['i']['number'] in names)
            if c >= n: return True
        return False

    def join(self, wishes):
        rank = lambda w: (-w['place'], w['i']['due'], w['i']['number'], w['order'])
        wishes = sorted(wishes, key=rank)
        gone = set()
        for k, w in enumerate(wishes):
            if k in gone: continue
            gone.add(k)
            if self.over(w, True) or self.over(w, False): continue
            group = [w]
            if self.p['together']:
                for m in range(k + 1, len(wishes)):
                    o = wishes[m]
                    side = lambda x: (x['i']['customer'], x['way'], x['to'], self.today > x['i']['due'])
                    same = m not in gone and side(o) == side(w)
                    if same and all(o['i'] is not g['i'] for g in group) and not self.over(o, True):
                        group.append(o)
                        gone.add(m)
            names = [g['i']['number'] for g in group]
            self.row(w['i'], w['order'], w['track'], w['rung'], f'send {w["way"]} template "{w["a"].template}"', w['to'], names)
            self.sent.append((self.today, w['i']['customer'], w['way'], names))
            for g in group: g['s']['sent'] = True
            for g in group: g['go']()

    def run(self):
        self.today = FROM
        while self.today <= TO:
            self.day()
            self.today += DAY
        return [r for _, r in sorted(self.rows, key=lambda x: x[0])]


def write(path, rows):
    out = io.StringIO()
    csv.writer(out, lineterminator='\n').writerows(rows)
    with open(path, 'w', encoding='utf-8', newline='') as f: f.write(out.getvalue())


def main():
    seed, folder = int(sys.argv[1]), sys.argv[2]
    os.makedirs(folder + '/data', exist_ok=True)
    m = Maker(seed)
    p = m.policy()
    customers, invoices, events = company(m.r)
    with open(folder + '/policy.dun', 'w') as f: f.write(policy_text(p))
    with open(folder + '/args', 'w') as f: f.write(f'--from {FROM} --to {TO}\n')
    names = ['id', 'name', 'email', 'phone', 'whatsapp', 'segment', 'owner']
    write(folder + '/data/customers.csv', [names] + [[c[n] for n in names] for c in customers.values()])
    write(folder + '/data/invoices.csv', [['number', 'customer', 'amount', 'due']] + [[i['number'], i['customer'], i['amount'], i['due']] for i in invoices.values()])
    write(folder + '/data/events.csv', [['date', 'kind', 'invoice', 'value']] + [[str(d), k, n, v] for d, k, n, v in events])
    write(folder + '/expect.csv', [['date', 'entity', 'customer', 'ladder', 'rung', 'action', 'to']] + World(p, customers, invoices, events).run())


main()
