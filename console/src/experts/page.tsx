import { useRoute } from '../route';
import { useMay } from '../session';
import { ExpertDetail } from './detail';
import { ExpertList } from './list';
import { NewExpert } from './new-expert';

/** `#/experts`, `#/experts/new`, `#/experts/<id>`. */
export function ExpertsPage() {
  const [id] = useRoute().rest;
  const mayConfigure = useMay('configure');
  if (id === 'new' && mayConfigure) return <NewExpert />;
  return id && id !== 'new' ? <ExpertDetail key={id} id={id} /> : <ExpertList />;
}
