import { setTimeout as wait } from 'node:timers/promises';
import type { Alert } from '../../store/alerts';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import {
  alertAnswer,
  alertChange,
  changedAlert,
  deliveryAnswer,
  deliveryQuery,
  newAlert,
  newAlertFields,
  presentAlert,
  presentDelivery,
  presentRuledDelivery,
  ruledDeliveryAnswer,
} from './alert-fields';
import { unknownId } from './checking';
import { type Operation, operation } from './operation';
import { ascending, descending, listOf, pageOf, pageQuery, placeOf } from './paging';

/** A test is answered with what became of it by then. */
const TEST_MS = 12_000;
const LOOK_EVERY_MS = 200;

/** Who is told of what goes wrong. */
export const alertOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Alerts';
  const find = async ({ scope, params }: { readonly scope: Scope; readonly params: { readonly id: string } }): Promise<Alert> => {
    const found = await store.alerts.get(scope, params.id);
    if (!found) throw unknownId('alert');
    return found;
  };
  const one = { path: '/alerts/:id', tag, find } as const;
  return [
    operation({
      ...{ method: 'get', path: '/alerts', tag, summary: 'All alert rules, oldest first' },
      ...{ query: pageQuery, status: 200, answer: listOf(alertAnswer) },
      run: async ({ scope, query }) => pageOf(await store.alerts.list(scope, ascending(query)), query.limit, placeOf, presentAlert),
    }),
    operation({
      ...{ method: 'post', path: '/alerts', tag, summary: 'Creates an alert rule', atomic: true },
      ...{ body: newAlert, status: 201, answer: alertAnswer },
      run: async ({ scope, body }) => presentAlert(await store.alerts.create(scope, await newAlertFields(deps, scope, body))),
    }),
    // Before what is read by its id: the first route that fits counts.
    operation({
      ...{ method: 'get', path: '/alerts/deliveries', tag, summary: 'The messages of all rules, newest first, and what became of them' },
      ...{ query: deliveryQuery, status: 200, answer: listOf(ruledDeliveryAnswer) },
      async run({ scope, query }) {
        const { before, limit } = descending(query);
        const found = await store.alerts.everyDelivery(scope, query.state, before, limit);
        return pageOf(found, query.limit, placeOf, presentRuledDelivery);
      },
    }),
    operation({
      ...{ ...one, method: 'get', summary: 'One alert rule', status: 200, answer: alertAnswer },
      run: async ({ found }) => presentAlert(found),
    }),
    operation({
      ...{
        ...one,
        method: 'patch',
        summary: 'Changes the given fields',
        atomic: true,
        body: alertChange,
        status: 200,
        answer: alertAnswer,
      },
      async run({ scope, params, body }) {
        const current = await store.alerts.hold(scope, params.id);
        const saved = current && (await store.alerts.save(scope, current.id, await changedAlert(deps, scope, current, body)));
        if (!saved) throw unknownId('alert');
        return presentAlert(saved);
      },
    }),
    operation({
      ...{ ...one, method: 'delete', summary: 'Deletes an alert rule with its incidents and messages', status: 204, atomic: true },
      run: ({ scope, found }) => store.alerts.remove(scope, found.id),
    }),
    operation({
      ...{ ...one, method: 'post', path: '/alerts/:id/test', right: 'operate', action: 'alert.tested' },
      ...{ summary: 'Sends a test message the way alerts go; answers with what became of it in 12 s', status: 200, answer: deliveryAnswer },
      async run({ scope, found }) {
        const id = await store.alerts.test(scope, found.id);
        for (const deadline = Date.now() + TEST_MS; ; await wait(LOOK_EVERY_MS)) {
          const delivery = await store.alerts.delivery(scope, id);
          if (!delivery) throw unknownId('alert');
          if (delivery.state !== 'pending' || Date.now() > deadline) return presentDelivery(delivery);
        }
      },
    }),
    operation({
      ...{ ...one, method: 'get', path: '/alerts/:id/deliveries', summary: 'Its messages, newest first, and what became of them' },
      ...{ query: pageQuery, status: 200, answer: listOf(deliveryAnswer) },
      async run({ scope, found, query }) {
        const { before, limit } = descending(query);
        return pageOf(await store.alerts.deliveries(scope, found.id, before, limit), query.limit, placeOf, presentDelivery);
      },
    }),
  ];
};
