import type { Language } from '../../domain/language';
import type { ExportedAct, ExportedSession, ExportedTurn, Writer } from './export-formats';

const WORDS = {
  en: {
    title: 'Conversation',
    question: 'Question',
    answer: 'Answer',
    files: 'Files',
    stopped: 'Stopped by',
    rated: 'Rating',
    reference: 'Reference',
    acts: 'Commands and buttons',
    manifest: 'Manifest',
    version: 'version',
    recalled: 'recalled',
  },
  zh: {
    title: '会话',
    question: '提问',
    answer: '回答',
    files: '文件',
    stopped: '停止者',
    rated: '评价',
    reference: '编号',
    acts: '命令与按钮',
    manifest: '导出清单',
    version: '版本',
    recalled: '已撤回',
  },
} as const;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const safe = (given: unknown): string => String(given ?? '').replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);

const STYLE = `body{font:14px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1f2329}
section{border-top:1px solid #dee0e3;padding:.8rem 0;break-inside:avoid}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.2rem 0}
.answer{background:#f5f6f7;border-radius:8px;padding:.6rem .8rem}small{color:#646a73}footer{border-top:2px solid #1f2329;margin-top:1rem}`;

/** One session to be read and printed: no scripts, nothing from elsewhere. */
export function page(language: Language): Writer {
  const words = WORDS[language];
  const line = (label: string, value: unknown): string =>
    value === null || value === undefined || value === '' ? '' : `<small>${label}: ${safe(value)}</small><br>`;
  return {
    ...{ type: 'text/html', extension: 'html' },
    begin: () =>
      `<!doctype html>\n<html lang="${language}"><meta charset="utf-8"><title>${words.title}</title><style>${STYLE}</style><body>\n`,
    session: (session: ExportedSession, acts: readonly ExportedAct[]) =>
      `<h1>${words.title}</h1><p>${safe(session.integrationName)} · ${safe(session.expertName)} · ${safe(session.chat)}<br>${safe(session.startedAt)} – ${safe(session.endedAt ?? '')}<br><small>${safe(session.id)} · ${safe(session.temporal.workflowId)} · ${safe(session.temporal.runId)}</small></p>\n` +
      (acts.length === 0
        ? ''
        : `<h2>${words.acts}</h2><ul>${acts.map(({ at, person, name, kind }) => `<li>${safe(at)} ${safe(person)}: ${safe(name ?? kind)}</li>`).join('')}</ul>\n`),
    turn: (_, turn: ExportedTurn) => {
      const { number, question, reply, expert, note, error, stoppedBy, feedback, timings } = turn;
      const asked = question.map(
        ({ person, at, text, recalled, attachments }) =>
          `<small>${safe(at)} · ${safe(person)}${recalled ? ` · ${words.recalled}` : ''}</small><pre>${safe(text)}</pre>${line(words.files, attachments.map(({ name, kind }) => name ?? kind).join('; '))}`,
      );
      return (
        `<section><h3>${safe(number ?? '…')} ${words.question}</h3>${asked.join('')}<div class="answer"><small>${words.answer} · ${safe(reply.state)} · ${safe(expert?.name)} ${expert ? `${words.version} ${expert.version}` : ''} · ${safe(timings.endedAt)}</small>` +
        `<pre>${safe(reply.text)}</pre>${reply.steps.map(({ title, status }) => `<small>${safe(title)}: ${status}</small><br>`).join('')}${line(words.files, reply.files.map(({ name, kind }) => name ?? kind).join('; '))}` +
        `${note ? `<p>${safe(note)}</p>` : ''}${line(words.reference, error?.reference)}${line(words.stopped, stoppedBy?.name)}<small>${safe(reply.footer)}</small></div>` +
        `${feedback.map(({ person, rating, comment }) => line(words.rated, `${person} ${rating} ${comment ?? ''}`)).join('')}</section>\n`
      );
    },
    end: (manifest) => `<footer><h2>${words.manifest}</h2><pre>${safe(JSON.stringify(manifest, null, 2))}</pre></footer></body></html>\n`,
  };
}
