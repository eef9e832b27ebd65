/** SVG markup as strings; all texts and attribute values are escaped. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Decimals of a coordinate: hundredths of a pixel. */
const DECIMALS = 2;

/** An element; `children` are markup. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value = '']) => ` ${key}="${escapeXml(toText(value))}"`)
    .join('');
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`;
}

/** A line of text. */
export function textElement(text: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(text));
}

/** The tooltip of the enclosing element. */
export function tooltip(text: string): string {
  return element('title', {}, escapeXml(text));
}

/** Escapes text for element content and quoted attributes, in HTML and XML; removes control characters, which XML forbids. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '') // eslint-disable-line no-control-regex
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function toText(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toFixed(DECIMALS))) : value;
}
