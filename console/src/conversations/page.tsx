import { useRoute } from '../route';
import { ConversationList } from './list';
import { Reference } from './reference';
import { Transcript } from './transcript';
import { Unended } from './unended';

/** `#/conversations?state=…`, `…/unended`, `…/references/<number>` and `…/<id>`, which the workflow engine's pages link to. */
export function ConversationsPage() {
  const [id, number] = useRoute().rest;
  if (id === 'unended') return <Unended />;
  if (id === 'references' && number) return <Reference key={number} number={number} />;
  return id ? <Transcript key={id} id={id} /> : <ConversationList />;
}
