#include "api/recording/writer.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::FilterAnswered;
using scheduler::recording::OfferedNodes;
using scheduler::recording::PrioritizeAnswered;
using scheduler::recording::Record;

constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr std::chrono::seconds kFlushEvery{1};

std::string ScoreText(const std::vector<int32_t>& scores) {
  std::string text(scores.size(), '0');
  for (size_t i = 0; i < scores.size(); ++i) {
    text[i] = scores[i] == 10 ? 'a' : static_cast<char>('0' + scores[i]);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Create(const std::string& path,
                                                       const Header& header,
                                                       scheduler::recording::RecordQueue& queue,
                                                       scheduler::Instant began) {
  auto sink = Sink::Create(path);
  if (!sink.ok()) return sink.status();
  if (auto status = (*sink)->Append(Encode(header) + "\n"); !status.ok()) return status;
  return std::unique_ptr<Writer>(new Writer(*std::move(sink), queue, began));
}

Writer::Writer(std::unique_ptr<Sink> sink, scheduler::recording::RecordQueue& queue,
               scheduler::Instant began)
    : sink_(std::move(sink)),
      queue_(queue),
      began_(began),
      flushed_(std::chrono::steady_clock::now()) {}

absl::Status Writer::Drain() {
  if (ended_) return absl::OkStatus();
  // Asked first: what was recorded before the queue was full is all there then.
  const bool overflowed = queue_.overflowed();
  for (const Record& record : queue_.Take()) {
    Write(record);
    if (text_.size() < kPieceBytes) continue;
    if (absl::Status status = Flush(); !status.ok()) return status;
  }
  if (overflowed) return End("what was recorded waited to be written and became too much");
  const auto now = std::chrono::steady_clock::now();
  return now - flushed_ < kFlushEvery ? absl::OkStatus() : Flush();
}

absl::Status Writer::Finish() {
  if (absl::Status status = Drain(); !status.ok() || ended_) return status;
  return End("");
}

absl::Status Writer::Flush() {
  flushed_ = std::chrono::steady_clock::now();
  absl::Status status = sink_->Append(std::exchange(text_, {}));
  if (status.ok()) return status;
  End(std::string(status.message())).IgnoreError();
  return status;
}

// The last line. An error says what is to be told of the end.
absl::Status Writer::End(const std::string& why) {
  ended_ = true;
  queue_.Close();
  WriteLine({0, EndLine{why}});
  absl::Status status = sink_->Append(std::exchange(text_, {}));
  if (!status.ok() || why.empty()) return status;
  return absl::ResourceExhaustedError(why);
}

void Writer::WriteLine(Line line) { absl::StrAppend(&text_, Encode(line), "\n"); }

void Writer::Write(const Record& record) {
  const int64_t at_ms = std::max<int64_t>(
      0, std::chrono::duration_cast<std::chrono::milliseconds>(record.at - began_).count());
  std::visit(
      [&](const auto& entry) {
        using T = std::remove_cvref_t<decltype(entry)>;
        if constexpr (std::is_same_v<T, FilterAnswered>) {
          FilterLine line{.call = entry.call,
                          .list = ListOf(entry.offered, at_ms),
                          .fits = Runs(entry.fitting),
                          .fits_in_all = entry.fitting_total,
                          .refused = entry.refused,
                          .reasons_digest = absl::StrFormat("%016x", entry.refusals_digest),
                          .best_cards = entry.best_cards,
                          .held_up = entry.held_up};
          WriteLine({at_ms, std::move(line)});
        } else if constexpr (std::is_same_v<T, PrioritizeAnswered>) {
          const uint64_t list = ListOf(entry.offered, at_ms);
          WriteLine({at_ms, PrioritizeLine{entry.call, list, ScoreText(entry.scores)}});
        } else {
          WriteLine({at_ms, entry});
        }
      },
      record.entry);
}

uint64_t Writer::ListOf(const OfferedNodes& offered, int64_t at_ms) {
  NamesLine names{numbers_.size(), {}};
  Numbers nodes;
  nodes.reserve(offered.indices.size());
  for (const std::string_view name : offered.Names()) {
    auto found = numbers_.find(name);
    if (found == numbers_.end()) {
      found = numbers_.emplace(std::string(name), static_cast<uint32_t>(numbers_.size())).first;
      names.names.emplace_back(name);
    }
    nodes.push_back(found->second);
  }
  if (!names.names.empty()) WriteLine({at_ms, std::move(names)});
  ++uses_;
  size_t oldest = 0;
  for (size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].used > 0 && lists_[i].nodes == nodes) {
      lists_[i].used = uses_;
      return i;
    }
    if (lists_[i].used < lists_[oldest].used) oldest = i;
  }
  WriteLine({at_ms, ListLine{oldest, Runs(nodes)}});
  lists_[oldest] = {std::move(nodes), uses_};
  return oldest;
}

}  // namespace tangram::api::recording
