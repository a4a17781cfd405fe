import { AuditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useWords } from '../preferences';
import { hrefTo } from '../route';
import { useMay } from '../session';

/** To what administrators did to this one thing, for whoever may read that. */
export function AuditLink({ target }: { readonly target: string }) {
  const { audit } = useWords();
  return useMay('audit') ? (
    <Button href={hrefTo('audit', { target })} icon={<AuditOutlined aria-hidden />}>
      {audit.ofThis}
    </Button>
  ) : null;
}
