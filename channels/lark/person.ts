import type { PersonFacts } from '../../domain/person';
import { personFacts } from '../person-facts';
import type { Caller } from './calls';

/**
 * What Lark tells of a member; each field needs a permission of its own and is left out without it. The address and the number that the company keeps
 * come before those a person may have entered. Throws `forbidden` without the permission to read contacts at all.
 */
export async function personOf(call: Caller, openId: string): Promise<PersonFacts> {
  const path = `/contact/v3/users/${encodeURIComponent(openId)}?user_id_type=open_id`;
  const { user } = (await call('user.get', 'first', () => ({ method: 'GET', path }))) as {
    readonly user?: Readonly<Record<string, unknown>>;
  };
  const told = user ?? {};
  return personFacts({
    staffId: [told.employee_no, told.user_id],
    email: [told.enterprise_email, told.email],
    mobile: [told.mobile],
    name: [told.name],
    department: [departmentOf(told.department_path)],
  });
}

/** The first department's own name. */
function departmentOf(path: unknown): unknown {
  const [first] = Array.isArray(path) ? (path as { readonly department_name?: { readonly name?: unknown } }[]) : [];
  return first?.department_name?.name;
}
