import { memo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { mendMarkdown } from './mend';

const plugins = [remarkGfm];
const components: Components = {
  a: ({ node: _node, ...props }) => <a {...props} target="_blank" rel="noreferrer noopener" />,
  // Pictures from elsewhere would tell their host who reads this chat, and the page's policy forbids them.
  img: ({ src, alt }) => (
    <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noreferrer noopener">
      {alt || src}
    </a>
  ),
  table: ({ node: _node, ...props }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wide tables scroll, also by keyboard.
    <div className="table-scroll" tabIndex={0}>
      <table {...props} />
    </div>
  ),
  // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines of code scroll, also by keyboard.
  pre: ({ node: _node, ...props }) => <pre {...props} tabIndex={0} />,
  input: ({ node: _node, ...props }) => <input {...props} aria-label="✓" />,
};

interface Props {
  readonly text: string;
  /** False where the text breaks off or still grows, so that half-open marks are mended. */
  readonly whole?: boolean;
  /** Still growing: a cursor stands at the end. */
  readonly growing?: boolean;
}

/** GitHub's Markdown; raw HTML is shown as the text it is. */
export const Markdown = memo(function Markdown({ text, whole = true, growing = false }: Props) {
  return (
    <div className={growing ? 'markdown growing' : 'markdown'}>
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {whole ? text : mendMarkdown(text)}
      </ReactMarkdown>
    </div>
  );
});
