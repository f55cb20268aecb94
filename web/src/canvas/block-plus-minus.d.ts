declare module "@blockly/block-plus-minus";
