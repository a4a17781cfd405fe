import type { PersonFacts } from '../../domain/person';
import { personFacts } from '../person-facts';
import type { Caller } from './calls';

/**
 * What DingTalk tells of a member; address and number need permissions of their own and are left out without them. The company's own address comes
 * before the one a person entered. Throws `forbidden` without the permission, `gone` for who is no member.
 */
export async function personOf(call: Caller, userId: string): Promise<PersonFacts> {
  const { result } = await call(
    'user.get',
    'first',
    () => ({ method: 'POST', path: '/topapi/v2/user/get', body: { userid: userId } }),
    'oapi',
  );
  const told = (result ?? {}) as Readonly<Record<string, unknown>>;
  return personFacts({
    staffId: [told.job_number, told.userid],
    email: [told.org_email, told.email],
    mobile: [told.mobile],
    name: [told.name],
  });
}
