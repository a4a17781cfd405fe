import { Alert } from 'antd';
import { useWords } from '../preferences';

/** Above settings that are sealed with a key that is gone: what to do, and why. Nothing where they can be read. */
export function Unreadable({ why }: { readonly why: string | undefined }) {
  const { common } = useWords();
  return why ? <Alert type="warning" showIcon className="problem" title={common.unreadable} description={why} /> : null;
}
