/**
 * Blockly's style sheets without style elements, which the server's Content-Security-Policy
 * forbids: they become constructed sheets.
 */

import * as Blockly from "blockly/core";

/** Where Blockly's pictures and cursors are; `build/blockly_media.ts` puts them there. */
export const MEDIA = "/media/";

/** Adds a style sheet to the document. */
export function adopt(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** Adds what Blockly and its plugins have registered. */
export function adoptCss(): void {
  // Blockly writes its sheet into the root around its container. This root is in no document,
  // so no policy is asked, and the text can be read back.
  const root = document.createElement("div").attachShadow({ mode: "open" });
  const container = root.appendChild(document.createElement("div"));
  Blockly.Css.inject(container, true, MEDIA);
  adopt(root.querySelector("style")?.textContent ?? "");
}

/**
 * Words in a bubble without the style attribute that Blockly writes their direction into: the
 * policy forbids that, too, and the direction is the page's.
 */
export function freeBubbles(): void {
  const { TextBubble } = Blockly.bubbles;
  const { Svg, dom } = Blockly.utils;
  Object.assign(TextBubble.prototype, {
    createParagraph: (container: SVGGElement): SVGGElement =>
      dom.createSvgElement(
        Svg.G,
        {
          class: "blocklyText blocklyBubbleText blocklyNoPointerEvents",
          transform: `translate(0,${TextBubble.BORDER_WIDTH})`,
        },
        container,
      ),
  });
}
