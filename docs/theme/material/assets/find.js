// What is typed into the search, as its index has it. The theme sends it to a worker, and here it passes.

const QUERY = 2; // what the theme calls such a message
const END = "〇"; // a character that counts as a space (mkdocs.yml)
const send = Worker.prototype.postMessage;

/** @this {Worker} @param {any} message @param {any[]} rest */
Worker.prototype.postMessage = function (message, ...rest) {
  const asked = message?.type === QUERY && typeof message.data === "string";
  const sent = asked ? { ...message, data: asIndexed(message.data) } : message;
  send.apply(this, /** @type {[any, any]} */ ([sent, ...rest]));
};

/**
 * ＢＰＥ and ﾄｰｸﾝ are BPE and トークン. Of words written together, 自己注意, the theme looks for the
 * parts that its index has; but it never tries the last character, so that another one ends them.
 * @param {string} query
 */
export function asIndexed(query) {
  return query.normalize("NFKC").replace(/\p{Script=Han}+/gu, `$&${END}`);
}
