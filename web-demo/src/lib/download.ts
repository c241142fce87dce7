/** Gives the person a file that was made in the page. */
export function download(name: string, type: string, content: string | Uint8Array): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser takes its own reference when the click is handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
