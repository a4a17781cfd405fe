import type { PersonFacts } from '../../domain/person';
import { personFacts } from '../person-facts';
import type { AppAccount } from './app-account';

/**
 * What WeCom tells an application of a member who may use it; newer applications get no address and no number. The company's own address comes before
 * the one a person entered.
 */
export async function personOf(account: AppAccount, userId: string): Promise<PersonFacts> {
  const told = await account.call({ path: 'user/get', query: { userid: userId } }, 'first');
  return personFacts({ staffId: [told.userid], email: [told.biz_mail, told.email], mobile: [told.mobile], name: [told.name] });
}
