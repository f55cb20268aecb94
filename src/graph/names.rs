//! Variables and procedures by name.
//!
//! Source: Blockly's generator: variables are linked by id but run by name,
//! without case; procedures are called by name, without case, in a space of their own.

use super::model::{
    Block, BlockIndex, Extra, Graph, Procedure, ProcedureIndex, Variable, VariableIndex,
};
use crate::block::Mutation;
use crate::source::Item;
use indexmap::IndexMap;

/// The names seen so far.
#[derive(Default)]
pub(super) struct Names {
    variables: Vec<Variable>,
    by_id: IndexMap<String, VariableIndex>,
    by_name: IndexMap<String, VariableIndex>,
    procedures: Vec<Procedure>,
}

impl Names {
    /// An entry of the workspace's `variables`.
    pub(super) fn declare(&mut self, name: &str, id: &str, item: Item<'_>) {
        let index = self.named(name, Some(item.number()));
        self.by_id.insert(id.to_owned(), index);
    }

    /// The variable that a field's state means; made on the fly when it is unknown.
    pub(super) fn variable(&mut self, state: Option<Item<'_>>) -> VariableIndex {
        let text = |key| state.and_then(|state| state.get(key)).and_then(Item::text);
        let id = text("id").or_else(|| state.and_then(Item::text)).unwrap_or("item");
        if let Some(index) = self.by_id.get(id) {
            return *index;
        }
        let index = self.named(text("name").unwrap_or(id), None);
        self.by_id.insert(id.to_owned(), index);
        index
    }

    fn named(&mut self, name: &str, item: Option<u32>) -> VariableIndex {
        let index = VariableIndex(u32::try_from(self.variables.len()).unwrap_or(u32::MAX));
        let index = *self.by_name.entry(name.to_lowercase()).or_insert(index);
        if index.0 as usize == self.variables.len() {
            self.variables.push(Variable { name: name.to_owned(), item });
        }
        index
    }

    /// Registers `block` if it defines a procedure; a second one of a name is renamed.
    ///
    /// `models` are the workspace's `procedures`: what the plug-in for shareable procedures
    /// saves there instead of on the block.
    ///
    /// Source: `@blockly/block-shareable-procedures`; what the block itself says comes first.
    pub(super) fn procedure(
        &mut self,
        block: &mut Block<'_>,
        index: BlockIndex,
        item: Item<'_>,
        models: Option<Item<'_>>,
    ) {
        if block.kind.mutation != Some(Mutation::ProcedureDefinition) {
            return;
        }
        if block.disabled {
            block.extra = Extra::Definition(None);
            return;
        }
        let extra = item.get("extraState");
        let text = |item: Item<'_>, key| item.get(key).and_then(Item::text).map(str::to_owned);
        let id = extra.and_then(|extra| text(extra, "procedureId"));
        let mut models = models.into_iter().flat_map(Item::items);
        let model = id.and_then(|id| models.find(|model| text(*model, "id").as_ref() == Some(&id)));
        let own_name = item.get("fields").and_then(|fields| fields.get("NAME"));
        let model_name = model.filter(|_| own_name.is_none()).and_then(|model| text(model, "name"));
        let given = model_name.unwrap_or_else(|| block.field("NAME").to_owned());
        let mut name = given.clone();
        let mut copy = 1;
        while self.procedures.iter().any(|p| p.name.to_lowercase() == name.to_lowercase()) {
            copy += 1;
            name = format!("{given}{copy}");
        }
        let params = extra
            .and_then(|extra| extra.get("params"))
            .or_else(|| model.and_then(|model| model.get("parameters")));
        let parameters = params
            .into_iter()
            .flat_map(Item::items)
            .filter_map(|param| param.text().or_else(|| param.get("name").and_then(Item::text)))
            .map(str::to_owned)
            .collect();
        let number = u32::try_from(self.procedures.len()).unwrap_or(u32::MAX);
        block.extra = Extra::Definition(Some(ProcedureIndex(number)));
        self.procedures.push(Procedure { name, block: index, parameters });
    }

    /// Hands everything over to the graph.
    pub(super) fn finish(self, graph: &mut Graph<'_>) {
        graph.variables = self.variables;
        graph.procedures = self.procedures;
    }
}
