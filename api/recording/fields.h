// How the values of a recording are spelled in JSON: each field is named once, for both directions.
//
// Fields(archive, value) calls archive("key", field) for every field of `value`. The writer
// (json_writer.h) leaves out what equals its default, the reader (json_reader.h) takes the default
// for what is left out. A third argument is the default where it is not the type's own; Bounded()
// says what a number may be, AtMost() how long a list may be.
//
// The structures are taken apart by structured bindings, so that a field added to one of them does
// not compile until it is written here: a recording without it could not be replayed.
#ifndef API_RECORDING_FIELDS_H_
#define API_RECORDING_FIELDS_H_

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "api/recording/line.h"
#include "model/event.h"
#include "model/pod.h"
#include "scheduler/recording/entry.h"

namespace tangram::api::recording {

template <typename T, typename Bare>
concept Is = std::same_as<std::remove_const_t<T>, Bare>;

// More than an object of Kubernetes has room for.
inline constexpr size_t kContainersMost = size_t{1} << 20;

// --- Values of model/ ---

void Fields(auto& archive, Is<model::HostResources> auto& host) {
  auto& [cpu, memory] = host;
  archive.Bounded("cpu_milli", cpu, -model::kHostMost, model::kHostMost);
  archive.Bounded("memory_mib", memory, -model::kHostMost, model::kHostMost);
}

void Fields(auto& archive, Is<model::GpuUsage> auto& usage) {
  auto& [slots, memory, cores, mig_state, alone] = usage;
  archive("slots", slots);
  archive("memory_mib", memory);
  archive("cores", cores);
  archive("mig_state", mig_state);
  archive.Bounded("alone", alone, 0, 1);
}

void Fields(auto& archive, Is<model::MigPlacement> auto& placement) {
  auto& [start, size] = placement;
  archive("start", start);
  archive("size", size);
}

void Fields(auto& archive, Is<model::MigProfile> auto& profile) {
  auto& [name, memory, cores, slices, placements] = profile;
  archive("name", name);
  archive("memory_mib", memory);
  archive("cores", cores);
  archive("slices", slices);
  archive("placements", placements);
}

void Fields(auto& archive, Is<model::MigInstance> auto& instance) {
  auto& [profile, placement] = instance;
  archive("profile", profile);
  archive("placement", placement);
}

void Fields(auto& archive, Is<model::Gpu> auto& gpu) {
  auto& [uuid, index, slots, memory, cores, type, mode, numa, healthy, cordoned, vendor,
         mig_profiles, mig_outdated] = gpu;
  archive("uuid", uuid);
  archive("index", index);
  archive("slots", slots);
  archive("memory_mib", memory);
  archive("cores", cores);
  archive("type", type);
  archive("mode", mode);
  archive("numa", numa);
  archive("healthy", healthy);
  archive("cordoned", cordoned);
  archive("vendor", vendor);
  archive("mig_profiles", mig_profiles);
  archive("mig_outdated", mig_outdated);
}

void Fields(auto& archive, Is<model::ResourceCount> auto& asked) {
  auto& [resource, count] = asked;
  archive("resource", resource);
  archive.Bounded("count", count, 0, model::kMaxKubeletGpus);
}

void Fields(auto& archive, Is<model::Pool> auto& pool) {
  auto& [resource, count, kind, replicas, memory, product, profile] = pool;
  archive("resource", resource);
  archive.Bounded("count", count, 0, model::kMaxKubeletGpus);
  archive("kind", kind);
  archive.Bounded("replicas", replicas, 1, model::kMaxKubeletGpus, int64_t{1});
  archive("memory_mib", memory);
  archive("product", product);
  archive("profile", profile);
}

void Fields(auto& archive, Is<model::NodeSpec> auto& spec) {
  auto& [name, gpus, allocatable, host, pools, block, prefix, cardless, problem, extended] = spec;
  archive("name", name);
  archive("gpus", gpus);
  archive("allocatable_gpus", allocatable);
  archive("host", host);
  archive("pools", pools);
  archive("pool_block", block);
  archive("blocked_prefix", prefix);
  archive("cardless", cardless);
  archive("problem", problem);
  archive("extended_resources", extended);
}

void Fields(auto& archive, Is<model::ContainerRequest> auto& container) {
  auto& [kind, count, memory, percent, cores, vendor, mig_profile] = container;
  archive("kind", kind);
  archive("count", count);
  archive("memory_mib", memory);
  archive.Bounded("memory_percent", percent, 0, 100, 100);
  archive("cores", cores);
  archive("vendor", vendor);
  archive("mig_profile", mig_profile);
}

void Fields(auto& archive, Is<model::CardConstraints> auto& constraints) {
  auto& [use_types, avoid_types, use_uuids, avoid_uuids, numa_bind, modes] = constraints;
  archive("use_types", use_types);
  archive("avoid_types", avoid_types);
  archive("use_uuids", use_uuids);
  archive("avoid_uuids", avoid_uuids);
  archive("numa_bind", numa_bind);
  archive("modes", modes);
}

void Fields(auto& archive, Is<model::PodRequest::Weights> auto& weights) {
  auto& [slots, cores, memory] = weights;
  archive("slots", slots, 1);
  archive("cores", cores, 1);
  archive("memory", memory, 1);
}

void Fields(auto& archive, Is<model::RequestFault> auto& fault) {
  auto& [text, unless_offered] = fault;
  archive("text", text);
  archive("unless_offered", unless_offered);
}

void Fields(auto& archive, Is<model::PodRequest> auto& request) {
  auto& [containers, constraints, others, node_policy, card_policy, profile, weights, kubelet_gpus,
         counted, counted_at_once, faults] = request;
  archive.AtMost("containers", containers, kContainersMost);
  archive("constraints", constraints);
  archive("other_constraints", others);
  archive("node_policy", node_policy);
  archive("card_policy", card_policy);
  archive("profile", profile);
  archive("weights", weights);
  archive.Bounded("kubelet_gpus", kubelet_gpus, 0, model::kMaxKubeletGpus);
  archive("counted", counted);
  archive("counted_at_once", counted_at_once);
  archive("faults", faults);
}

void Fields(auto& archive, Is<model::CardShare> auto& share) {
  auto& [uuid, memory, cores, instance, vendor, product] = share;
  archive("uuid", uuid);
  archive("memory_mib", memory);
  archive("cores", cores);
  archive("instance", instance);
  archive("vendor", vendor);
  archive("product", product);
}

void Fields(auto& archive, Is<model::AllocationSlot> auto& slot) {
  auto& [kind, shares] = slot;
  archive("kind", kind);
  archive("shares", shares);
}

void Fields(auto& archive, Is<model::SpareInstance> auto& spare) {
  auto& [uuid, instance] = spare;
  archive("uuid", uuid);
  archive("instance", instance);
}

void Fields(auto& archive, Is<model::Allocation> auto& allocation) {
  auto& [slots, spare_instances, alone] = allocation;
  archive("slots", slots);
  archive("spare_instances", spare_instances);
  archive("alone", alone);
}

void Fields(auto& archive, Is<model::CardDemand> auto& demand) {
  auto& [uuid, usage, instances, uncut, spare] = demand;
  archive("uuid", uuid);
  archive("usage", usage);
  archive("instances", instances);
  archive("uncut", uncut);
  archive("spare", spare);
}

void Fields(auto& archive, Is<model::PodId> auto& id) {
  auto& [name_space, name, uid] = id;
  archive("namespace", name_space);
  archive("name", name);
  archive("uid", uid);
}

// --- Events ---

void Fields(auto& archive, Is<model::NodeUpserted> auto& event) {
  auto& [spec] = event;
  archive("node", spec);
}

void Fields(auto& archive, Is<model::NodeRemoved> auto& event) {
  auto& [name] = event;
  archive("node", name);
}

void Fields(auto& archive, Is<model::PodBooked> auto& event) {
  auto& [uid, node, allocation, init_finished, kubelet_gpus, host, counted, ignored] = event;
  archive("uid", uid);
  archive("node", node);
  archive("allocation", allocation);
  archive("init_finished", init_finished);
  archive("kubelet_gpus", kubelet_gpus);
  archive("host", host);
  archive("counted", counted);
  archive("ignored", ignored);
}

void Fields(auto& archive, Is<model::PodUnaccounted> auto& event) {
  auto& [uid, node, kubelet_gpus, host, counted, ignored] = event;
  archive("uid", uid);
  archive("node", node);
  archive("kubelet_gpus", kubelet_gpus);
  archive("host", host);
  archive("counted", counted);
  archive("ignored", ignored);
}

void Fields(auto& archive, Is<model::PodReleased> auto& event) {
  auto& [uid] = event;
  archive("uid", uid);
}

void Fields(auto& archive, Is<model::DraResourcesListed> auto& event) {
  auto& [resources] = event;
  archive("resources", resources);
}

// --- Entries ---

void Fields(auto& archive, Is<scheduler::recording::HoldBegun> auto& entry) {
  auto& [uid, node, demand, kubelet_gpus, counted] = entry;
  archive("uid", uid);
  archive("node", node);
  archive("demand", demand);
  archive.Bounded("kubelet_gpus", kubelet_gpus, 0, model::kMaxKubeletGpus);
  archive("counted", counted);
}

void Fields(auto& archive, Is<scheduler::recording::HoldEnded> auto& entry) {
  auto& [uid] = entry;
  archive("uid", uid);
}

void Fields(auto& archive, Is<scheduler::recording::PodSeen> auto& entry) {
  auto& [id, request, host] = entry;
  archive("pod", id);
  archive("request", request);
  archive("host", host);
}

void Fields(auto& archive, Is<scheduler::recording::PodGone> auto& entry) {
  auto& [uid, bound] = entry;
  archive("uid", uid);
  archive("bound", bound);
}

void Fields(auto& archive, Is<scheduler::recording::LearningBegun> auto& entry) {
  auto& [policy] = entry;
  archive("policy", policy);
}

void Fields(auto& archive, Is<scheduler::recording::PolicyChanged> auto& entry) {
  auto& [policy, version] = entry;
  archive("policy", policy);
  archive("version", version);
}

void Fields(auto&, Is<scheduler::recording::MigLearningBegun> auto&) {}

void Fields(auto& archive, Is<scheduler::recording::MigPolicyChanged> auto& entry) {
  auto& [version] = entry;
  archive("version", version);
}

void Fields(auto& archive, Is<scheduler::recording::VerbBegun> auto& entry) {
  auto& [call, filter, patient, pod, request, host, bind_node] = entry;
  archive("call", call);
  archive("filter", filter);
  archive("patient", patient);
  archive("pod", pod);
  archive("request", request);
  archive("host", host);
  archive("bind_node", bind_node);
}

void Fields(auto& archive, Is<scheduler::recording::VerbDropped> auto& entry) {
  auto& [call] = entry;
  archive("call", call);
}

void Fields(auto& archive, Is<scheduler::recording::CardsChosen> auto& entry) {
  auto& [pod, node, request, host, fits, reasons, allocation] = entry;
  archive("pod", pod);
  archive("node", node);
  archive("request", request);
  archive("host", host);
  archive("fits", fits);
  archive("reasons", reasons);
  archive("allocation", allocation);
}

// --- What the file has of its own (line.h) ---

void Fields(auto& archive, Is<Header> auto& header) {
  auto& [tangram, began, settings] = header;
  archive("tangram", tangram);
  archive("began_unix", began);
  archive("settings", settings);
}

void Fields(auto& archive, Is<NamesLine> auto& line) {
  auto& [from, names] = line;
  archive("from", from);
  archive("names", names);
}

void Fields(auto& archive, Is<ListLine> auto& line) {
  auto& [list, nodes] = line;
  archive("list", list);
  archive("nodes", nodes);
}

void Fields(auto& archive, Is<FilterLine> auto& line) {
  auto& [call, list, fits, total, refused, reasons, cards, held_up] = line;
  archive("call", call);
  archive("list", list);
  archive("fits", fits);
  archive("fits_in_all", total);
  archive("refused", refused);
  archive("reasons_digest", reasons);
  archive("best_cards", cards);
  archive("held_up", held_up);
}

void Fields(auto& archive, Is<PrioritizeLine> auto& line) {
  auto& [call, list, scores] = line;
  archive("call", call);
  archive("list", list);
  archive("scores", scores);
}

void Fields(auto& archive, Is<EndLine> auto& line) {
  auto& [why] = line;
  archive("why", why);
}

}  // namespace tangram::api::recording

#endif  // API_RECORDING_FIELDS_H_
