import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Alert } from 'antd';
import type { TestResult } from '../model';
import { useWords } from '../preferences';

/** Every check of a test, and how to mend what failed. */
export function TestChecks({ result: { ok, checks } }: { readonly result: TestResult }) {
  const { test } = useWords().integrations;
  return (
    <div className="test" role="status">
      <Alert type={ok ? 'success' : 'warning'} showIcon title={ok ? test.passed : test.failed} />
      <ul className="checks">
        {checks.map((check) => (
          <li key={check.name} className={check.ok ? 'check' : 'check check-bad'}>
            <span className="check-sign" role="img" aria-label={check.ok ? test.ok : test.notOk}>
              {check.ok ? <CheckCircleFilled /> : <CloseCircleFilled />}
            </span>
            <div>
              <strong>{check.name}</strong>
              {check.detail && <p>{check.detail}</p>}
              {check.mend && <p className="check-mend">{check.mend}</p>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
