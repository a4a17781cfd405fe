import type { Role } from '../domain/roles';
import type { Scope } from '../store/scope';
import type { Place, SignInWay } from '../store/sessions';

/** Who calls: by API key, signed in, or as the demo administrator of the embedded stack. */
export interface Caller {
  readonly kind: 'key' | 'user' | 'demo';
  /** Of the key or the user. */
  readonly id: string | null;
  readonly name: string;
  readonly email?: string;
  readonly role: Role;
  /** The organization the call acts in. */
  readonly scope: Scope | undefined;
  readonly tenantId: string | null;
  readonly contentNeedsReason: boolean;
  readonly session?: { readonly id: string; readonly way: SignInWay };
  /** Organizations a signed-in user may act in. */
  readonly places: readonly Place[];
}
