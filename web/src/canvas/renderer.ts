/** Blockly's zelos renderer, with its style sheet adopted instead of injected. */

import * as Blockly from "blockly/core";
import { adopt } from "./styles";

export const RENDERER = "blockcast";

const adopted = new Set<string>();

class Constants extends Blockly.zelos.ConstantProvider {
  protected override injectCSS_(_root: Document | ShadowRoot, selector: string): void {
    if (adopted.has(selector)) return;
    adopted.add(selector);
    adopt(this.getCSS_(selector).join("\n"));
  }

  /** Values of several rows have corners: rounded as zelos has them they are half a circle. */
  override shapeFor(
    connection: Blockly.RenderedConnection,
  ): ReturnType<Blockly.zelos.ConstantProvider["shapeFor"]> {
    const block = connection.getSourceBlock();
    const isTall = !block.getInputsInline() && block.inputList.length > 1;
    const isOutput = connection.type === Blockly.ConnectionType.OUTPUT_VALUE;
    return isTall && isOutput && this.SQUARED ? this.SQUARED : super.shapeFor(connection);
  }
}

class Renderer extends Blockly.zelos.Renderer {
  protected override makeConstants_(): Constants {
    return new Constants();
  }
}

export function registerRenderer(): void {
  Blockly.blockRendering.register(RENDERER, Renderer);
}
