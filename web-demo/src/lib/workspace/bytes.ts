/** The bytes of a file that the build made. */

/** Fetches it, or decodes it where it lies inside the page: a page that may open no connection may not
 *  fetch a `data:` address either. */
export async function loadBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const inside = /^data:[^,]*;base64,/.exec(url);
  if (inside) {
    const text = atob(url.slice(inside[0].length));
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} cannot be loaded (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}
