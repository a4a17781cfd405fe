import { z } from 'zod';
import type { Expert } from '../../store/experts';
import type { Scope } from '../../store/scope';
import { type GatewayDeps, nowOf } from '../deps';
import { dependentsAnswer, presentDependents } from './dependents';
import { expertAnswer, expertOf, notice, presentExpert } from './experts';
import { type Operation, operation } from './operation';

/** An expert at work: what hangs on it, and whether it answers. */
export const expertUseOperations = (deps: GatewayDeps): readonly Operation[] => {
  const { store } = deps;
  const tag = 'Experts';
  const find = ({ scope, params }: { scope: Scope; params: { readonly id: string } }) => expertOf(deps, scope, params.id);
  const present = (expert: Expert) => presentExpert(deps, expert);
  return [
    operation({
      ...{ method: 'get', path: '/experts/:id/dependents', tag, summary: 'What hangs on it', status: 200, answer: dependentsAnswer, find },
      run: async ({ scope, found }) => presentDependents(await store.dependents.ofExpert(scope, found.id)),
    }),
    operation({
      ...{ method: 'post', path: '/experts/:id/pause', tag, summary: 'Answers questions by a notice from now on; running answers go on' },
      ...{
        right: 'operate',
        action: 'expert.paused',
        atomic: true,
        body: z.strictObject({ notice }),
        status: 200,
        answer: expertAnswer,
        find,
      },
      async run({ scope, found, body, caller }) {
        const paused = { ...body, at: nowOf(deps).toISOString(), by: caller.name };
        return present((await store.experts.pause(scope, found.id, paused)) ?? found);
      },
    }),
    operation({
      ...{ method: 'post', path: '/experts/:id/resume', tag, summary: 'Answers again' },
      ...{ right: 'operate', action: 'expert.resumed', atomic: true, status: 200, answer: expertAnswer, find },
      run: async ({ scope, found }) => present((await store.experts.pause(scope, found.id, null)) ?? found),
    }),
  ];
};
