// HAMi's rules for one pod on one node, read from the recorded JSON alone.
//
// Shares no code with model/, scheduler/ and api/: it judges their placements. Slow and plain on
// purpose: maps, strings, one rule a line.
//
// Two counts are kept of every card. Count::kTrue is what the pods hold: slots on the containers
// that ask, sidecars beside what runs (HAMi 2.11). Count::kHami is what HAMi v2.10.0 makes of the
// same annotations: slots on containers by their position, though it lost the empty ones in writing
// (its issue 2899), and sidecars taken for init containers. It is never the larger one.
#ifndef TESTS_DIFFERENTIAL_HAMI_RULES_H_
#define TESTS_DIFFERENTIAL_HAMI_RULES_H_

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace tangram::differential {

using Json = nlohmann::json;

struct Used {
  int64_t slots = 0;
  int64_t memory = 0;
  int64_t cores = 0;

  Used& operator+=(const Used& other) {
    slots += other.slots;
    memory += other.memory;
    cores += other.cores;
    return *this;
  }
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

enum class Count { kTrue, kHami };

// Pieces as HAMi cuts an allocation into containers: empty ones keep their place.
inline std::vector<std::string> SlotsOf(const std::string& text) {
  std::vector<std::string> slots(1);
  for (const char c : text) {
    if (c == ';') {
      slots.emplace_back();
    } else {
      slots.back() += c;
    }
  }
  return slots;
}

// One container as the pod object has it. The recordings hold whole numbers, as the API server
// writes them.
struct Asked {
  bool in_init_list = false;
  bool sidecar = false;
  int64_t count = 0;
  int64_t memory = 0;
  int64_t percent = 100;
  int64_t cores = 0;

  // Whether it ends before the others start.
  bool Ends(Count by) const { return in_init_list && (by == Count::kHami || !sidecar); }
};

inline int64_t WholeNumber(const std::string& text) {
  size_t end = 0;
  const int64_t number = std::stoll(text, &end);
  if (end == text.size()) return number;
  if (text.substr(end) == "k") return number * 1000;
  if (text.substr(end) == "M") return number * 1000000;
  throw std::runtime_error("the recording holds a quantity this reader does not know: " + text);
}

inline std::vector<Asked> ReadContainers(const Json& pod) {
  std::vector<Asked> asked;
  for (const char* list : {"initContainers", "containers"}) {
    if (!pod["spec"].contains(list)) continue;
    for (const Json& container : pod["spec"][list]) {
      Asked& one = asked.emplace_back();
      one.in_init_list = list == std::string("initContainers");
      one.sidecar = one.in_init_list && container.value("restartPolicy", "") == "Always";
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

// What the kubelet counts for a pod: app containers and sidecars together, or any init container
// with the sidecars before it.
inline int64_t KubeletCount(const std::vector<Asked>& asked) {
  int64_t running = 0;
  int64_t peak = 0;
  for (const Asked& one : asked) {
    if (one.Ends(Count::kTrue)) {
      peak = std::max(peak, running + one.count);
    } else {
      running += one.count;
    }
  }
  return std::max(running, peak);
}

// Whether a container asks for more than 100 percent of a card's memory.
inline bool AsksBeyondAll(const Json& pod) {
  for (const char* list : {"initContainers", "containers"}) {
    for (const Json& container : pod["spec"].value(list, Json::array())) {
      const Json limits =
          container.value("resources", Json::object()).value("limits", Json::object());
      if (WholeNumber(limits.value("nvidia.com/gpumem-percentage", "0")) > 100) return true;
    }
  }
  return false;
}

// A node of the recording.
class RecordedNode {
 public:
  explicit RecordedNode(const Json& node) {
    const Json& annotations = node["annotations"];
    for (const Json& card :
         Json::parse(annotations["hami.io/node-nvidia-register"].get<std::string>())) {
      const auto uuid = card["id"].get<std::string>();
      cards_[uuid] = card;
      used_[uuid] = hami_used_[uuid] = Used{};
    }
    for (const std::string& uuid : Pieces(annotations.value("hami.io/device-cordon", ""))) {
      cordoned_.insert(uuid);
    }
    const Json allocatable = node.value("allocatable", Json::object());
    if (allocatable.contains("nvidia.com/gpu")) {
      kubelet_left_ = WholeNumber(allocatable["nvidia.com/gpu"].get<std::string>());
    }
  }

  bool has_mig() const {
    return std::any_of(cards_.begin(), cards_.end(),
                       [](const auto& card) { return card.second.value("mode", "") == "mig"; });
  }

  // Whether the node's count of devices does for the pod: kube-scheduler looks at it, HAMi does
  // not.
  bool CountDoes(const std::vector<Asked>& asked) const {
    return KubeletCount(asked) <= kubelet_left_;
  }

  // Books an allocation text of a pod with these containers.
  void Book(const std::vector<Asked>& asked, const std::string& text) {
    kubelet_left_ -= KubeletCount(asked);
    std::vector<size_t> asking;
    for (size_t i = 0; i < asked.size(); ++i) {
      if (asked[i].count > 0) asking.push_back(i);
    }
    std::map<std::string, Sums> sums;
    std::map<std::string, Sums> hamis;
    const std::vector<std::string> slots = SlotsOf(text);
    size_t next = 0;
    for (size_t position = 0; position < slots.size(); ++position) {
      if (slots[position].empty()) continue;
      const Asked& meant = asked.at(asking.at(next++));
      const bool first_ones = position < asked.size() && asked[position].in_init_list;
      for (const std::string& entry : Pieces(slots[position], ':')) {
        const std::vector<std::string> fields = Pieces(entry);
        const Used one{1, std::stoll(fields.at(2)), std::stoll(fields.at(3))};
        sums[fields.at(0)].Add(one, meant.Ends(Count::kTrue), /*beside=*/true);
        hamis[fields.at(0)].Add(one, first_ones, /*beside=*/false);
      }
    }
    for (const auto& [uuid, card] : cards_) {
      used_[uuid] += sums[uuid].Most();
      hami_used_[uuid] += hamis[uuid].Most();
    }
  }

  // Whether HAMi counts less on some card than its pods hold.
  bool HamiCountsLess() const {
    return std::any_of(used_.begin(), used_.end(), [this](const auto& one) {
      const Used& hami = hami_used_.at(one.first);
      return hami.slots < one.second.slots || hami.memory < one.second.memory ||
             hami.cores < one.second.cores;
    });
  }

  // Which rule the cards chosen for the asking containers break, or nothing. `chosen` runs parallel
  // to the asking containers.
  std::string Broken(const Json& pod, const std::vector<std::vector<std::string>>& chosen) const {
    UsedByCard running = used_;
    size_t next = 0;
    for (const Asked& one : ReadContainers(pod)) {
      if (one.count == 0) continue;
      const std::string broken = Take(pod, one, chosen.at(next++), Count::kTrue, &running);
      if (!broken.empty()) return broken;
    }
    return next == chosen.size() ? "" : "more slots than containers";
  }

  // Whether any choice of cards breaks no rule, by that count. Tries them all.
  bool AnyFits(const Json& pod, Count by) const {
    std::vector<Asked> asking;
    for (const Asked& one : ReadContainers(pod)) {
      if (one.count > 0) asking.push_back(one);
    }
    return Rest(pod, asking, 0, by, by == Count::kTrue ? used_ : hami_used_);
  }

  const std::map<std::string, Json>& cards() const { return cards_; }
  const UsedByCard& used(Count by) const { return by == Count::kTrue ? used_ : hami_used_; }

  // The first rule that the card breaks for the container with those books; "" when none.
  std::string BrokenOnCard(const Json& pod, const Asked& asked, const std::string& uuid,
                           const UsedByCard& books) const;

  // Puts the container on these cards: the rule that is broken, or "" and the books with it, unless
  // it ends before the others start.
  std::string Take(const Json& pod, const Asked& asked, const std::vector<std::string>& cards,
                   Count by, UsedByCard* running) const {
    if (static_cast<int64_t>(cards.size()) != asked.count) return "number of cards";
    if (std::set<std::string>(cards.begin(), cards.end()).size() != cards.size()) {
      return "a card twice in one container";
    }
    // HAMi judges what it takes for an init container on the node's books alone.
    const bool alone = by == Count::kHami && asked.in_init_list;
    const UsedByCard& books = alone ? hami_used_ : *running;
    std::set<int64_t> numa;
    for (const std::string& uuid : cards) {
      const std::string broken = BrokenOnCard(pod, asked, uuid, books);
      if (!broken.empty()) return broken + " of " + uuid;
      numa.insert(cards_.at(uuid).value("numa", 0));
    }
    const std::set<std::string> yes = {"1", "t", "T", "true", "TRUE", "True"};
    if (yes.contains(Annotation(pod, "nvidia.com/numa-bind")) && numa.size() > 1) return "NUMA";
    if (asked.Ends(by)) return "";
    for (const std::string& uuid : cards) {
      (*running)[uuid] += Used{1, MemoryOf(asked, uuid), asked.cores};
    }
    return "";
  }

  int64_t MemoryOf(const Asked& asked, const std::string& uuid) const {
    if (asked.memory > 0) return asked.memory;
    return cards_.at(uuid).value("devmem", int64_t{0}) * asked.percent / 100;
  }

 private:
  // What one pod takes of one card.
  struct Sums {
    Used running;
    Used peak;  // of what ends

    void Add(const Used& one, bool ends, bool beside) {
      if (!ends) {
        running += one;
        return;
      }
      const Used base = beside ? running : Used{};
      peak.slots = std::max(peak.slots, base.slots + one.slots);
      peak.memory = std::max(peak.memory, base.memory + one.memory);
      peak.cores = std::max(peak.cores, base.cores + one.cores);
    }
    Used Most() const {
      return {std::max(running.slots, peak.slots), std::max(running.memory, peak.memory),
              std::max(running.cores, peak.cores)};
    }
  };

  // Tries every choice for the containers from `next` on.
  bool Rest(const Json& pod, const std::vector<Asked>& asking, size_t next, Count by,
            const UsedByCard& running) const {
    if (next == asking.size()) return true;
    std::vector<std::string> uuids;
    for (const auto& [uuid, card] : cards_) uuids.push_back(uuid);
    for (uint32_t set = 1; set < (1u << uuids.size()); ++set) {
      std::vector<std::string> cards;
      for (size_t i = 0; i < uuids.size(); ++i) {
        if (((set >> i) & 1u) != 0) cards.push_back(uuids[i]);
      }
      UsedByCard after = running;
      if (!Take(pod, asking[next], cards, by, &after).empty()) continue;
      if (Rest(pod, asking, next + 1, by, after)) return true;
      if (asking[next].Ends(by)) return false;  // its cards change nothing for the others
    }
    return false;
  }

  static std::string Annotation(const Json& pod, const std::string& key) {
    return pod["metadata"].value("annotations", Json::object()).value(key, "");
  }

  std::map<std::string, Json> cards_;
  std::set<std::string> cordoned_;
  int64_t kubelet_left_ = INT64_MAX;
  UsedByCard used_;
  UsedByCard hami_used_;
};

inline std::string RecordedNode::BrokenOnCard(const Json& pod, const Asked& asked,
                                              const std::string& uuid,
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

}  // namespace tangram::differential

#endif  // TESTS_DIFFERENTIAL_HAMI_RULES_H_
