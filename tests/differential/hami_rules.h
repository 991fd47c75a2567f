// HAMi's rules for one pod on one node, read from the recorded JSON alone.
//
// Shares no code with model/, scheduler/ and api/: it judges their placements. Slow and plain on
// purpose: maps, strings, one rule a line.
#ifndef TESTS_DIFFERENTIAL_HAMI_RULES_H_
#define TESTS_DIFFERENTIAL_HAMI_RULES_H_

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace tangram::differential {

using Json = nlohmann::json;

struct Used {
  int64_t slots = 0;
  int64_t memory = 0;
  int64_t cores = 0;
};
using UsedByCard = std::map<std::string, Used>;

// Pieces between commas, spaces trimmed, empty ones left out.
inline std::vector<std::string> Pieces(const std::string& text, char separator = ',') {
  std::vector<std::string> pieces;
  std::string piece;
  for (const char c : text + separator) {
    if (c == separator) {
      while (!piece.empty() && piece.back() == ' ') piece.pop_back();
      if (!piece.empty()) pieces.push_back(piece);
      piece.clear();
    } else if (!(piece.empty() && c == ' ')) {
      piece += c;
    }
  }
  return pieces;
}

inline std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// One container as the pod object has it. The recordings hold whole numbers, with "k" at most.
struct Asked {
  bool init = false;
  int64_t count = 0;
  int64_t memory = 0;
  int64_t percent = 100;
  int64_t cores = 0;
};

inline int64_t WholeNumber(const std::string& text) {
  size_t end = 0;
  const int64_t number = std::stoll(text, &end);
  if (end == text.size()) return number;
  if (text.substr(end) == "k") return number * 1000;
  throw std::runtime_error("the recording holds a quantity this reader does not know: " + text);
}

inline std::vector<Asked> ReadContainers(const Json& pod) {
  std::vector<Asked> asked;
  for (const char* list : {"initContainers", "containers"}) {
    if (!pod["spec"].contains(list)) continue;
    for (const Json& container : pod["spec"][list]) {
      Asked& one = asked.emplace_back();
      one.init = list == std::string("initContainers");
      if (container.contains("restartPolicy")) throw std::runtime_error("a sidecar");
      const Json limits =
          container.value("resources", Json::object()).value("limits", Json::object());
      const auto amount = [&limits](const char* name, int64_t absent) {
        return limits.contains(name) ? WholeNumber(limits[name].get<std::string>()) : absent;
      };
      one.count = amount("nvidia.com/gpu", 0);
      one.memory = amount("nvidia.com/gpumem", 0);
      const int64_t percent = amount("nvidia.com/gpumem-percentage", 101);
      one.percent = percent <= 0 ? 100 : std::min<int64_t>(percent, 100);
      one.cores = std::min<int64_t>(amount("nvidia.com/gpucores", 0), 100);
    }
  }
  return asked;
}

// A node of the recording.
class RecordedNode {
 public:
  explicit RecordedNode(const Json& node) {
    const Json& annotations = node["annotations"];
    for (const Json& card :
         Json::parse(annotations["hami.io/node-nvidia-register"].get<std::string>())) {
      cards_[card["id"].get<std::string>()] = card;
    }
    for (const std::string& uuid : Pieces(annotations.value("hami.io/device-cordon", ""))) {
      cordoned_.insert(uuid);
    }
  }

  bool has_mig() const {
    return std::any_of(cards_.begin(), cards_.end(),
                       [](const auto& card) { return card.second.value("mode", "") == "mig"; });
  }

  // Books an allocation text: entries of `slots` in order of the containers.
  void Book(const std::vector<Asked>& asked, const std::string& text) {
    std::map<std::string, Used> init;
    std::map<std::string, Used> app;
    std::vector<const Asked*> asking;
    for (const Asked& one : asked) {
      if (one.count > 0) asking.push_back(&one);
    }
    size_t next = 0;
    for (const std::string& slot : Pieces(text, ';')) {
      const bool is_init = asking.at(next++)->init;
      for (const std::string& entry : Pieces(slot, ':')) {
        const std::vector<std::string> fields = Pieces(entry);
        Used& used = (is_init ? init : app)[fields.at(0)];
        const int64_t memory = std::stoll(fields.at(2));
        const int64_t cores = std::stoll(fields.at(3));
        used.slots = is_init ? 1 : used.slots + 1;
        used.memory = is_init ? std::max(used.memory, memory) : used.memory + memory;
        used.cores = is_init ? std::max(used.cores, cores) : used.cores + cores;
      }
    }
    for (const auto& [uuid, card] : cards_) {
      used_[uuid].slots += std::max(init[uuid].slots, app[uuid].slots);
      used_[uuid].memory += std::max(init[uuid].memory, app[uuid].memory);
      used_[uuid].cores += std::max(init[uuid].cores, app[uuid].cores);
    }
  }

  // Which rule the cards chosen for the asking containers break, or nothing. `chosen` runs parallel
  // to the asking containers.
  std::string Broken(const Json& pod, const std::vector<std::vector<std::string>>& chosen) const {
    UsedByCard app_books = used_;
    size_t next = 0;
    for (const Asked& one : ReadContainers(pod)) {
      if (one.count == 0) continue;
      const std::vector<std::string>& cards = chosen.at(next++);
      if (static_cast<int64_t>(cards.size()) != one.count) return "number of cards";
      if (std::set<std::string>(cards.begin(), cards.end()).size() != cards.size()) {
        return "a card twice in one container";
      }
      UsedByCard init_books = used_;
      UsedByCard& books = one.init ? init_books : app_books;
      std::set<int64_t> numa;
      for (const std::string& uuid : cards) {
        const std::string broken = BrokenOnCard(pod, one, uuid, books);
        if (!broken.empty()) return broken + " of " + uuid;
        numa.insert(cards_.at(uuid).value("numa", 0));
      }
      if (Annotation(pod, "nvidia.com/numa-bind") == "true" && numa.size() > 1) return "NUMA";
      for (const std::string& uuid : cards) {
        books[uuid].slots += 1;
        books[uuid].memory += MemoryOf(one, uuid);
        books[uuid].cores += one.cores;
      }
    }
    return next == chosen.size() ? "" : "more slots than containers";
  }

 private:
  static std::string Annotation(const Json& pod, const std::string& key) {
    return pod["metadata"].value("annotations", Json::object()).value(key, "");
  }

  int64_t MemoryOf(const Asked& asked, const std::string& uuid) const {
    if (asked.memory > 0) return asked.memory;
    return cards_.at(uuid).value("devmem", int64_t{0}) * asked.percent / 100;
  }

  std::string BrokenOnCard(const Json& pod, const Asked& asked, const std::string& uuid,
                           const UsedByCard& books) const {
    if (!cards_.contains(uuid)) return "unknown card";
    const Json& card = cards_.at(uuid);
    const auto found = books.find(uuid);
    const Used used = found == books.end() ? Used{} : found->second;
    const int64_t total_cores = card.value("devcore", int64_t{0});
    if (!card.value("health", false)) return "health";
    if (cordoned_.contains(uuid)) return "cordon";
    const std::string type = Lower(card.value("type", ""));
    if (type.find("nvidia") == std::string::npos) return "vendor";
    const auto names_type = [&type](const std::string& word) {
      return type.find(Lower(word)) != std::string::npos;
    };
    const auto use_types = Pieces(Annotation(pod, "nvidia.com/use-gputype"));
    const auto avoid_types = Pieces(Annotation(pod, "nvidia.com/nouse-gputype"));
    if (!use_types.empty() && std::none_of(use_types.begin(), use_types.end(), names_type)) {
      return "use-gputype";
    }
    if (std::any_of(avoid_types.begin(), avoid_types.end(), names_type)) return "nouse-gputype";
    const std::string modes = Annotation(pod, "nvidia.com/vgpu-mode");
    if (!modes.empty() && modes.find(card.value("mode", "")) == std::string::npos) return "mode";
    const auto use_uuids = Pieces(Annotation(pod, "nvidia.com/use-gpuuuid"));
    const auto avoid_uuids = Pieces(Annotation(pod, "nvidia.com/nouse-gpuuuid"));
    if (!use_uuids.empty() &&
        std::find(use_uuids.begin(), use_uuids.end(), uuid) == use_uuids.end()) {
      return "use-gpuuuid";
    }
    if (std::find(avoid_uuids.begin(), avoid_uuids.end(), uuid) != avoid_uuids.end()) {
      return "nouse-gpuuuid";
    }
    if (used.slots >= card.value("count", int64_t{0})) return "slots";
    const auto policies = Pieces(Annotation(pod, "hami.io/gpu-scheduler-policy"));
    if (std::find(policies.begin(), policies.end(), "mutex") != policies.end() && used.slots > 0) {
      return "mutex";
    }
    if (card.value("devmem", int64_t{0}) - used.memory < MemoryOf(asked, uuid)) return "memory";
    if (total_cores - used.cores < asked.cores) return "cores";
    if (total_cores == 100 && asked.cores == 100 && used.slots > 0) return "exclusive use";
    if (total_cores != 0 && used.cores == total_cores && asked.cores == 0) return "cores all taken";
    return "";
  }

  std::map<std::string, Json> cards_;
  std::set<std::string> cordoned_;
  UsedByCard used_;
};

}  // namespace tangram::differential

#endif  // TESTS_DIFFERENTIAL_HAMI_RULES_H_
