// What is in a snapshot.
#include "model/snapshot.h"

#include <algorithm>

namespace tangram::model {

Snapshot::Snapshot()
    : names_(std::make_shared<const NameTable>()),
      card_types_(std::make_shared<const std::vector<CardType>>()),
      dra_resources_(std::make_shared<const std::vector<std::string>>()),
      extended_resources_(dra_resources_) {}

std::vector<const Node*> Snapshot::NodesByName() const {
  std::vector<const Node*> nodes;
  for (const std::shared_ptr<const Chunk>& chunk : chunks_) {
    for (const std::shared_ptr<const Node>& node : chunk->nodes) {
      if (node != nullptr && node->known()) nodes.push_back(node.get());
    }
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const Node* a, const Node* b) { return a->name() < b->name(); });
  return nodes;
}

}  // namespace tangram::model
