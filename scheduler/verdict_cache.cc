#include "scheduler/verdict_cache.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tangram::scheduler {
namespace {

// Texts are written with their length, so that no two lists look alike.
void AppendTexts(const std::vector<std::string>& texts, std::string* key) {
  absl::StrAppend(key, texts.size(), ";");
  for (const std::string& text : texts) absl::StrAppend(key, text.size(), ":", text);
}

}  // namespace

std::string ShapeKey(const CompiledRequest& request, const NodePolicy& policy) {
  const model::PodRequest& pod = request.request();
  std::string key = policy.key();
  if (policy.AsViews() != nullptr) {
    absl::StrAppend(&key, ",", request.host().cpu_milli, ",", request.host().memory_mib);
  }
  for (const CardPolicy::Key order : request.card_policy().keys()) {
    absl::StrAppend(&key, ",", static_cast<int>(order));
  }
  absl::StrAppend(&key, request.card_policy().unused_only() ? "!" : ";", pod.weights.slots, ",",
                  pod.weights.cores, ",", pod.weights.memory, ";", pod.kubelet_gpus, ";");
  for (const ContainerWant& want : request.wants()) {
    absl::StrAppend(&key, want.init ? "i" : "a", want.count, ",", want.memory, ",", want.percent,
                    ",", want.cores, ",", want.vendor, ";");
    if (want.by_profile) {
      const std::string_view profile = request.ProfileOf(want);
      absl::StrAppend(&key, "p", profile.size(), ":", model::ToAbsl(profile));
    }
  }
  absl::StrAppend(&key, "m", request.mig_policy().version(), ";");
  for (const model::Vendor vendor : model::kVendors) {
    const model::CardConstraints* constraints = pod.ConstraintsOn(vendor);
    if (constraints == nullptr) continue;
    absl::StrAppend(&key, static_cast<int>(vendor));
    AppendTexts(constraints->use_types, &key);
    AppendTexts(constraints->avoid_types, &key);
    AppendTexts({constraints->modes}, &key);
    absl::StrAppend(&key, constraints->numa_bind ? "n" : "-");
  }
  for (const model::ResourceCount& asked : pod.counted) {
    absl::StrAppend(&key, asked.resource.size(), ":", asked.resource, asked.count, "/",
                    CountOf(pod.counted_at_once, asked.resource), ";");
  }
  for (const std::string_view resource : request.dra_asked()) {
    absl::StrAppend(&key, "d", resource.size(), ":", model::ToAbsl(resource));
  }
  return key;
}

VerdictCache::Lease::~Lease() {
  if (verdicts_ != nullptr) cache_->Return(key_, std::move(verdicts_));
}

VerdictCache::Lease VerdictCache::Borrow(std::string key, const model::Snapshot& snapshot) {
  std::unique_ptr<ShapeVerdicts> verdicts;
  {
    const model::MutexLock lock(mutex_);
    verdicts = Take(key);
  }
  if (verdicts == nullptr) verdicts = std::make_unique<ShapeVerdicts>();
  if (verdicts->types_revision_ != snapshot.types_revision()) {
    *verdicts = ShapeVerdicts();
    verdicts->types_revision_ = snapshot.types_revision();
  }
  if (verdicts->verdicts_.size() < snapshot.state_capacity()) {
    verdicts->verdicts_.resize(snapshot.state_capacity());
  }
  return {this, std::move(key), std::move(verdicts)};
}

size_t VerdictCache::bytes() const {
  const model::MutexLock lock(mutex_);
  return bytes_;
}

size_t VerdictCache::shapes() const {
  const model::MutexLock lock(mutex_);
  return shapes_.size();
}

std::unique_ptr<ShapeVerdicts> VerdictCache::Take(std::string_view key) {
  const auto found = shapes_.find(key);
  if (found == shapes_.end()) return nullptr;
  std::unique_ptr<ShapeVerdicts> verdicts = std::move(found->second.verdicts);
  bytes_ -= found->second.bytes;
  by_age_.erase(found->second.returned);
  shapes_.erase(found);
  return verdicts;
}

// The key is kept twice.
size_t VerdictCache::BytesOf(std::string_view key, const ShapeVerdicts& verdicts) {
  return sizeof(Shape) + sizeof(ShapeVerdicts) + 2 * (sizeof(std::string) + key.size()) +
         verdicts.verdicts_.capacity() * sizeof(Verdict) +
         verdicts.kinds_.capacity() * sizeof(ShapeVerdicts::KindEntry);
}

void VerdictCache::Return(const std::string& key, std::unique_ptr<ShapeVerdicts> verdicts) {
  const size_t bytes = BytesOf(key, *verdicts);
  if (bytes > most_bytes_) return;
  const model::MutexLock lock(mutex_);
  Take(key);
  while (bytes_ + bytes > most_bytes_) Take(std::string(by_age_.begin()->second));
  bytes_ += bytes;
  by_age_.emplace(++returns_, key);
  shapes_.emplace(key, Shape{std::move(verdicts), bytes, returns_});
}

}  // namespace tangram::scheduler
