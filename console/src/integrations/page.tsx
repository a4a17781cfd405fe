import { useRoute } from '../route';
import { useMay } from '../session';
import { IntegrationDetail } from './detail';
import { IntegrationList } from './list';
import { Wizard } from './wizard';

/** `#/integrations`, `#/integrations/new`, `#/integrations/<id>`. */
export function IntegrationsPage() {
  const [id] = useRoute().rest;
  const mayConfigure = useMay('configure');
  if (id === 'new' && mayConfigure) return <Wizard />;
  return id && id !== 'new' ? <IntegrationDetail key={id} id={id} /> : <IntegrationList />;
}
