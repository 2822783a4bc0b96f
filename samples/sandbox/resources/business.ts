import { numberOf, ok, pick, type Resource } from './resource.ts';

const COMPANIES = [
  'Halvorsen Marine AS',
  'Tanaka Precision KK',
  'Oyelaran Textiles',
  'Bistro Marchetti',
  'Kowalczyk Optics',
];
const CONTACTS = ['Ingrid Halvorsen', 'Daichi Tanaka', 'Folake Oyelaran', 'Paolo Marchetti', 'Ewa Kowalczyk'];
const SUBJECTS = [
  'Invoice shows the old address',
  'Cannot reset two-factor',
  'Delivery arrived short',
  'Wants the annual plan',
];

/** Customers, tickets and money. */
export const BUSINESS: readonly Resource[] = [
  {
    method: 'GET',
    path: '/crm/customers/:id',
    scope: 'crm:read',
    answer: ({ params: { id = '' } }) =>
      ok({
        id,
        company: pick(id, COMPANIES),
        contact: pick(id, CONTACTS),
        email: `contact.${id.toLowerCase()}@customer.example`,
        plan: pick(`${id}/plan`, ['starter', 'team', 'business']),
        seats: 3 + numberOf(id, 90),
      }),
  },
  {
    method: 'GET',
    path: '/crm/tickets/:id',
    scope: 'crm:read',
    answer: ({ params: { id = '' } }) =>
      ok({
        id,
        customer: `C-${1000 + numberOf(id, 60)}`,
        subject: pick(id, SUBJECTS),
        state: 'open',
        priority: 'normal',
      }),
  },
  {
    method: 'POST',
    path: '/crm/tickets/:id/replies',
    scope: 'crm:write',
    answer: ({ params: { id = '' }, nth }) => ok({ ticket: id, reply: `R-${nth}`, state: 'answered' }),
  },
  {
    method: 'PUT',
    path: '/crm/customers/:id',
    scope: 'crm:write',
    answer: ({ params: { id = '' }, body }) => ok({ id, updated: Object.keys(body).length }),
  },
  {
    // The other side holds a newer revision: the same request can never succeed.
    method: 'POST',
    path: '/crm/accounts/:id/sync',
    scope: 'crm:write',
    answer: ({ params: { id = '' } }) => ({
      status: 409,
      body: { error: 'revision_conflict', message: `Account ${id}: revision 17 was sent, 18 is stored` },
    }),
  },
  {
    method: 'GET',
    path: '/payments/invoices/:id',
    scope: 'payments:read',
    answer: ({ params: { id = '' } }) =>
      ok({
        id,
        supplier: pick(id, COMPANIES),
        iban: `NO93860111${17000 + numberOf(id, 900)}`,
        amount: 120 + numberOf(id, 4000),
        currency: 'EUR',
        due: '2026-12-15',
      }),
  },
  {
    // A busy ledger: from the third call on, every second one is told to wait.
    method: 'GET',
    path: '/payments/ledger/:month',
    scope: 'payments:read',
    answer: ({ params: { month = '' }, nth }) =>
      nth >= 3 && nth % 2 === 1
        ? { status: 429, body: { error: 'rate_limited', message: 'Ten calls a minute' }, retry_after_s: 1 }
        : ok({ month, page: nth, entries: 40 - nth, balance: numberOf(month, 90000) + nth * 11 }),
  },
  {
    method: 'POST',
    path: '/payments/transfers',
    scope: 'payments:write',
    answer: ({ body, nth }) => ok({ transfer: `P-${7000 + nth}`, to: body.iban, amount: body.amount, state: 'booked' }),
  },
];
