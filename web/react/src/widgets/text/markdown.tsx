import { lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode } from "react";

/** Whether a link may be followed: web, mail, and places on this server. */
export function safeHref(href: string): string | null {
  if (/^(https?:|mailto:)/i.test(href)) return href;
  return /^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith("//") ? null : href;
}

/** Markdown as React elements. HTML stays text, pictures become their descriptions: nothing is loaded from elsewhere. */
export function Markdown({ text }: { text: string }) {
  return <>{blocks(lexer(text, { gfm: true, breaks: true }))}</>;
}

function blocks(tokens: readonly Token[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole with every text
  return tokens.map((token, index) => <Fragment key={index}>{block(token)}</Fragment>);
}

function block(token: Token): ReactNode {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      // The page and the widget hold the first two levels.
      const Level = `h${Math.min(6, depth + 2)}` as "h3";
      return <Level data-depth={depth}>{inline(tokens)}</Level>;
    }
    case "paragraph":
      return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "text":
      return inline((token as Tokens.Text).tokens) ?? token.raw;
    case "list":
      return list(token as Tokens.List);
    case "blockquote":
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "code":
      return (
        <pre>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "table":
      return table(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    default:
      return token.raw;
  }
}

function list(token: Tokens.List): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole with every text
  const items = token.items.map((item, index) => <li key={index}>{blocks(item.tokens)}</li>);
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function table(token: Tokens.Table): ReactNode {
  const cells = (row: readonly Tokens.TableCell[], Cell: "td" | "th") =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole with every text
    row.map((cell, index) => <Cell key={index}>{inline(cell.tokens)}</Cell>);
  return (
    <table>
      <thead>
        <tr>{cells(token.header, "th")}</tr>
      </thead>
      <tbody>
        {token.rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole with every text
          <tr key={index}>{cells(row, "td")}</tr>
        ))}
      </tbody>
    </table>
  );
}

function inline(tokens: readonly Token[] | undefined): ReactNode[] | null {
  // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole with every text
  return tokens?.map((token, index) => <Fragment key={index}>{span(token)}</Fragment>) ?? null;
}

function span(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{inline((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{inline((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      const target = safeHref(href);
      if (target === null) return inline(tokens);
      return (
        <a href={target} rel="noopener noreferrer nofollow" target={/^https?:/i.test(target) ? "_blank" : undefined}>
          {inline(tokens)}
        </a>
      );
    }
    case "image":
      return (token as Tokens.Image).text;
    case "text":
      return inline((token as Tokens.Text).tokens) ?? (token as Tokens.Text).text;
    case "escape":
      return (token as Tokens.Escape).text;
    default:
      return token.raw;
  }
}
