// See pod.h: the walk over the object, then the pod made from what was read.
#include "api/dialects/hami/pod.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/container.h"
#include "api/dialects/hami/faults.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/mig_allocations.h"
#include "api/dialects/hami/pod_fields.h"
#include "api/dialects/hami/pod_status.h"
#include "api/dialects/hami/scoring_weights.h"
#include "api/dialects/hami/text.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::ContainerKind;
using model::ToAbsl;
using Value = simdjson::ondemand::value;

// What is read of the object; views into the parser's document.
struct PodFields {
  std::string_view name, name_space, uid, resource_version, created;
  std::string_view node, scheduler_name;
  bool terminating = false;
  bool gated = false;
  std::string_view node_policy, card_policy, use_types, avoid_types, use_uuids, avoid_uuids;
  std::string_view numa_bind, modes, pod_node, bind_phase, node_label;
  std::optional<std::string_view> weights, allocated, reserved;
  std::string_view mig_profile;
  struct Other {
    std::string_view use_types, avoid_types, use_uuids, avoid_uuids;
    std::optional<std::string_view> allocated;
  };
  ByOtherVendor<Other> others;
  absl::InlinedVector<ContainerFields, 2> init_containers;
  absl::InlinedVector<ContainerFields, 2> containers;
  ContainerFields whole;  // the resources of the pod as a whole
  core::PodHostSpec host;
  PodStatusFields status;
};

// Reads what belongs to one of the other vendors; false when the key is none of theirs.
bool ReadOther(std::string_view key, Value text, const JsonPath& path, PodFields& fields,
               absl::Status& status) {
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const VendorDialect& dialect = kOtherVendors[i];
    PodFields::Other& other = fields.others[i];
    std::string_view* place = nullptr;
    if (key == dialect.use_types) place = &other.use_types;
    if (key == dialect.avoid_types) place = &other.avoid_types;
    if (key == dialect.use_uuids) place = &other.use_uuids;
    if (key == dialect.avoid_uuids) place = &other.avoid_uuids;
    if (key == dialect.allocated) place = &other.allocated.emplace();
    if (place == nullptr) continue;
    status = ReadString(text, path, *place);
    return true;
  }
  return false;
}

absl::Status ReadAnnotations(Value value, const JsonPath& path, PodFields& fields) {
  return ForEachField(
      value, path, [&fields](std::string_view key, Value text, const JsonPath& at) -> absl::Status {
        if (key == kAllocated) return ReadString(text, at, fields.allocated.emplace());
        if (key == kMigAllocations) return ReadString(text, at, fields.reserved.emplace());
        if (key == kScoringWeights) return ReadString(text, at, fields.weights.emplace());
        constexpr std::pair<std::string_view, std::string_view PodFields::*> kPlaces[] = {
            {kPodNode, &PodFields::pod_node},       {kBindPhase, &PodFields::bind_phase},
            {kNodePolicy, &PodFields::node_policy}, {kCardPolicy, &PodFields::card_policy},
            {kUseTypes, &PodFields::use_types},     {kAvoidTypes, &PodFields::avoid_types},
            {kUseUuids, &PodFields::use_uuids},     {kAvoidUuids, &PodFields::avoid_uuids},
            {kNumaBind, &PodFields::numa_bind},     {kModes, &PodFields::modes},
            {kMigProfile, &PodFields::mig_profile},
        };
        for (const auto& [name, place] : kPlaces) {
          if (key == name) return ReadString(text, at, fields.*place);
        }
        absl::Status status;
        return ReadOther(key, text, at, fields, status) ? status : absl::OkStatus();
      });
}

absl::Status ReadLabels(Value value, const JsonPath& path, PodFields& fields) {
  return ForEachField(value, path, [&fields](std::string_view key, Value text, const JsonPath& at) {
    return key == kPodNodeLabel ? ReadString(text, at, fields.node_label) : absl::OkStatus();
  });
}

absl::Status ReadMetadata(Value value, const JsonPath& path, PodFields& fields) {
  return ForEachField(
      value, path,
      [&fields](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        if (key == "name") return ReadString(field, at, fields.name);
        if (key == "namespace") return ReadString(field, at, fields.name_space);
        if (key == "uid") return ReadString(field, at, fields.uid);
        if (key == "resourceVersion") return ReadString(field, at, fields.resource_version);
        if (key == "creationTimestamp") return ReadString(field, at, fields.created);
        if (key == "annotations") return ReadAnnotations(field, at, fields);
        if (key == "labels") return ReadLabels(field, at, fields);
        if (key == "deletionTimestamp") {
          bool absent = true;
          TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(field, at, absent));
          fields.terminating = !absent;
        }
        return absl::OkStatus();
      });
}

absl::Status ReadContainers(Value value, const JsonPath& path, const ResourceNames& names,
                            absl::InlinedVector<ContainerFields, 2>& containers) {
  containers.clear();
  return ForEachElement(value, path, [&](Value element, const JsonPath& at) {
    const size_t unknown = containers.empty() ? 0 : containers.back().unknown_names;
    containers.emplace_back().unknown_names = unknown;
    return ReadContainer(element, at, names, containers.back());
  });
}

absl::Status ReadSpec(Value value, const JsonPath& path, const ResourceNames& names,
                      PodFields& fields) {
  const auto gate = [&fields](Value, const JsonPath&) {
    fields.gated = true;
    return absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "nodeName") return ReadString(field, at, fields.node);
    if (key == "schedulerName") return ReadString(field, at, fields.scheduler_name);
    if (key == "containers") return ReadContainers(field, at, names, fields.containers);
    if (key == "initContainers") return ReadContainers(field, at, names, fields.init_containers);
    if (key == "resources") return ReadResources(field, at, names, fields.whole);
    if (key == "overhead") return core::ReadHostAmounts(field, at, fields.host.overhead);
    if (key == "schedulingGates") return ForEachElement(field, at, gate);
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

// Whether there is an init container that is no sidecar, and all of them ended with exit code 0.
bool InitFinished(const PodFields& fields) {
  bool any = false;
  for (const ContainerFields& container : fields.init_containers) {
    if (container.restarts_always) continue;
    any = true;
    const auto& done = fields.status.init_succeeded;
    if (!std::binary_search(done.begin(), done.end(), container.name)) return false;
  }
  return any;
}

model::BindPhase ReadBindPhase(std::string_view text) {
  if (text == kPhaseAllocating) return model::BindPhase::kAllocating;
  if (text == kPhaseSuccess) return model::BindPhase::kSuccess;
  if (text == kPhaseFailed) return model::BindPhase::kFailed;
  return model::BindPhase::kNone;
}

// Adds up CPU and memory; container by container in slot order.
model::HostResources HostOf(PodFields& fields) {
  fields.host.whole = fields.whole.host;
  core::PodHostFold fold(fields.host, fields.status.host);
  for (const ContainerFields& container : fields.init_containers) {
    fold.Add(container.name,
             container.restarts_always ? ContainerKind::kSidecar : ContainerKind::kInit,
             container.host);
  }
  for (const ContainerFields& container : fields.containers) {
    fold.Add(container.name, ContainerKind::kApp, container.host);
  }
  return fold.Total();
}

// A list of an annotation, its size kept in bounds.
std::vector<std::string> ReadList(std::string_view key, std::string_view text, bool lower,
                                  model::PodRequest& request) {
  std::string problem;
  std::vector<std::string> list = SplitBoundedList(text, lower, &problem);
  if (!problem.empty()) {
    AddFault(absl::StrCat("annotation ", ToAbsl(key), ": ", problem), &request.faults);
  }
  return list;
}

// A text of an annotation that is kept as it is.
std::string ReadText(std::string_view key, std::string_view text, model::PodRequest& request) {
  if (text.size() <= kListEntryBytesMost) return std::string(text);
  AddFault(absl::StrCat("annotation ", ToAbsl(key), ": has ", text.size(), " bytes, allowed are ",
                        kListEntryBytesMost),
           &request.faults);
  return "";
}

void FillConstraints(const PodFields& fields, model::PodRequest& request) {
  model::CardConstraints& constraints = request.constraints;
  constraints.use_types = ReadList(kUseTypes, fields.use_types, true, request);
  constraints.avoid_types = ReadList(kAvoidTypes, fields.avoid_types, true, request);
  constraints.use_uuids = ReadList(kUseUuids, fields.use_uuids, false, request);
  constraints.avoid_uuids = ReadList(kAvoidUuids, fields.avoid_uuids, false, request);
  constraints.numa_bind = ParseGoBool(fields.numa_bind).value_or(false);
  constraints.modes = ReadText(kModes, Trim(fields.modes), request);
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const VendorDialect& dialect = kOtherVendors[i];
    const PodFields::Other& other = fields.others[i];
    model::CardConstraints own;
    own.use_types = ReadList(dialect.use_types, other.use_types, true, request);
    own.avoid_types = ReadList(dialect.avoid_types, other.avoid_types, true, request);
    own.use_uuids = ReadList(dialect.use_uuids, other.use_uuids, false, request);
    own.avoid_uuids = ReadList(dialect.avoid_uuids, other.avoid_uuids, false, request);
    if (own == model::CardConstraints()) continue;
    request.other_constraints[dialect.vendor] = std::move(own);
  }
  request.node_policy = ReadText(kNodePolicy, fields.node_policy, request);
  request.card_policy = ReadText(kCardPolicy, fields.card_policy, request);
}

void FillRequest(const PodFields& fields, const ResourceNames& names, model::PodRequest& request,
                 std::string& refusal) {
  std::vector<model::ContainerRequest> counted;
  std::vector<model::ContainerCounts> by_name;
  const auto add = [&](const ContainerFields& container, ContainerKind kind) {
    by_name.push_back(MakeCounts(container, kind));
    int vendors = 0;
    AddFaults(container, kind, names, &request.faults);
    request.containers.push_back(MakeRequest(container, kind, vendors));
    if (vendors > 1 && refusal.empty()) {
      refusal = absl::StrCat("container ", Shorten(container.name),
                             ": asks for cards of two vendors, must ask for those of one (other "
                             "containers of the pod may ask for the other's)");
    }
    model::ContainerRequest& counts = counted.emplace_back();
    counts.kind = kind;
    counts.count = KubeletCount(container);
  };
  for (const ContainerFields& container : fields.init_containers) {
    add(container, container.restarts_always ? ContainerKind::kSidecar : ContainerKind::kInit);
  }
  for (const ContainerFields& container : fields.containers) add(container, ContainerKind::kApp);
  request.kubelet_gpus = model::KubeletGpuCount(counted);
  request.counted = model::KubeletCounts(by_name);
  request.counted_at_once = model::MostAtOnce(by_name);

  AddFaultsOfPodLevel(fields.whole, names, &request.faults);
  FillConstraints(fields, request);
}

// Whether a container asks for cards of a vendor of which the allocation has none.
bool LacksAVendor(const model::Pod& pod) {
  const auto& containers = pod.request.containers;
  return std::any_of(model::kVendors.begin(), model::kVendors.end(), [&](model::Vendor vendor) {
    const bool asked = std::any_of(containers.begin(), containers.end(), [&](const auto& one) {
      return one.count > 0 && one.vendor == vendor;
    });
    return asked && !HasSharesOf(pod.allocation, vendor);
  });
}

// Container names to slots, each name's first.
absl::flat_hash_map<std::string_view, size_t> SlotsByName(const PodFields& fields) {
  absl::flat_hash_map<std::string_view, size_t> slots;
  size_t slot = 0;
  for (const auto* containers : {&fields.init_containers, &fields.containers}) {
    for (const ContainerFields& container : *containers) slots.try_emplace(container.name, slot++);
  }
  return slots;
}

// tangram.dev/mig-profile: one name for all containers that ask, or "container=name" for some.
absl::Status NameProfiles(const PodFields& fields, model::PodRequest& request) {
  const JsonPath path("annotation tangram.dev/mig-profile");
  std::string problem;
  const std::vector<std::string> words = SplitBoundedList(fields.mig_profile, false, &problem);
  if (!problem.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path.ToString(), ": ", problem));
  }
  absl::flat_hash_map<std::string_view, size_t> slots;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      if (words.size() > 1) {
        return WrongValue(path, "a profile, or container=profile for each", fields.mig_profile);
      }
      for (model::ContainerRequest& container : request.containers) {
        if (container.vendor == model::Vendor::kNvidia) container.mig_profile = word;
      }
      continue;
    }
    const std::string_view name = Trim(std::string_view(word).substr(0, equals));
    const std::string_view profile = Trim(std::string_view(word).substr(equals + 1));
    if (slots.empty()) slots = SlotsByName(fields);
    const auto named = slots.find(name);
    const size_t slot = named == slots.end() ? request.containers.size() : named->second;
    if (profile.empty()) return WrongValue(path, "container=profile", word);
    if (slot >= request.containers.size()) {
      return WrongValue(path, "the name of a container of the pod before the '='", name);
    }
    if (!request.containers[slot].mig_profile.empty()) {
      return WrongValue(path, "one profile for a container", word);
    }
    request.containers[slot].mig_profile = std::string(profile);
  }
  return absl::OkStatus();
}

void FillAllocation(const PodFields& fields, model::Pod& pod) {
  const auto add = [&pod](const std::optional<std::string_view>& text, model::Vendor vendor) {
    if (!text.has_value() || pod.allocation_state == model::AllocationState::kUnreadable) return;
    auto allocation = DecodeAssignment(*text, pod.request.containers, vendor);
    pod.allocation_state =
        allocation.ok() ? model::AllocationState::kReadable : model::AllocationState::kUnreadable;
    if (allocation.ok()) AddShares(*std::move(allocation), pod.allocation);
  };
  add(fields.allocated, model::Vendor::kNvidia);
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    add(fields.others[i].allocated, kOtherVendors[i].vendor);
  }
  if (pod.allocation_state == model::AllocationState::kNone) return;
  if (fields.reserved.has_value()) {
    const auto reservations = DecodeMigAllocations(*fields.reserved);
    if (reservations.ok()) {
      Reserve(*reservations, &pod.allocation);
    } else {
      pod.allocation_state = model::AllocationState::kUnreadable;
    }
  }
  if (LacksAVendor(pod)) pod.allocation_state = model::AllocationState::kUnreadable;
  if (pod.allocation_state == model::AllocationState::kUnreadable) pod.allocation = {};
}

// 0 when it is no time.
int64_t UnixSecondsOf(std::string_view text) {
  absl::Time time;
  std::string error;
  const bool read = absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()),
                                    &time, &error);
  return read ? absl::ToUnixSeconds(time) : 0;
}

DecodedPod MakePod(PodFields& fields, const ResourceNames& names) {
  DecodedPod decoded;
  model::Pod& pod = decoded.pod;
  pod.id.name = std::string(fields.name);
  pod.id.name_space = fields.name_space.empty() ? "default" : std::string(fields.name_space);
  pod.id.uid = std::string(fields.uid);
  pod.node = std::string(fields.node);
  pod.terminal = fields.status.phase == "Succeeded" || fields.status.phase == "Failed";
  pod.pending = fields.status.phase == "Pending";
  pod.terminating = fields.terminating;
  pod.gated = fields.gated;
  pod.resource_version = std::string(fields.resource_version);
  pod.created_unix_seconds = UnixSecondsOf(fields.created);
  pod.init_finished = InitFinished(fields);
  pod.host = HostOf(fields);
  FillRequest(fields, names, pod.request, decoded.refusal);
  if (fields.weights.has_value()) {
    auto weights = ParseScoringWeights(*fields.weights);
    if (weights.ok()) {
      pod.request.weights = *weights;
    } else {
      decoded.refusal = std::string(weights.status().message());
    }
  }
  if (const absl::Status named = NameProfiles(fields, pod.request); !named.ok()) {
    decoded.refusal = std::string(named.message());
  }
  FillAllocation(fields, pod);
  pod.allocation_node = std::string(fields.pod_node);
  pod.node_label = std::string(fields.node_label);
  pod.bind_phase = ReadBindPhase(fields.bind_phase);
  pod.scheduler_name = std::string(fields.scheduler_name);
  pod.request.profile = pod.scheduler_name;
  return decoded;
}

}  // namespace

absl::StatusOr<DecodedPod> ReadPod(simdjson::ondemand::object& object, const JsonPath& path,
                                   const ResourceNames& names) {
  PodFields fields;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ReadMetadata(field, at, fields);
    if (key == "spec") return ReadSpec(field, at, names, fields);
    if (key == "status") return ReadPodStatus(field, at, fields.status);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(object, path, visit));
  if (fields.name.empty()) {
    return WrongValue(JsonPath(path, "metadata"), "an object with a name", "without one");
  }
  return MakePod(fields, names);
}

absl::StatusOr<DecodedPod> ReadPod(Value value, const JsonPath& path, const ResourceNames& names) {
  simdjson::ondemand::object object;
  if (const auto error = value.get_object().get(object)) {
    return WrongType(path, "an object", error);
  }
  return ReadPod(object, path, names);
}

absl::StatusOr<DecodedPod> DecodePodAndRefusal(std::string_view json, const ResourceNames& names) {
  const JsonPath root("Pod");
  simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return Malformed(root, error);
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    return WrongType(root, "an object", error);
  }
  auto decoded = ReadPod(object, root, names);
  if (!decoded.ok()) return decoded;
  TANGRAM_JSON_RETURN_IF_ERROR(ExpectEnd(document, root));
  return decoded;
}

absl::StatusOr<model::Pod> DecodePod(std::string_view json, const ResourceNames& names) {
  auto decoded = DecodePodAndRefusal(json, names);
  if (!decoded.ok()) return decoded.status();
  return std::move(decoded->pod);
}

}  // namespace tangram::api::hami
