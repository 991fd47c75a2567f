// See verb_load.h.
#include "bench/verb_load.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/extender_answers.h"

namespace tangram::bench {
namespace {

constexpr size_t kOrders = 8;
constexpr size_t kShuffleReach = 16;  // kube-scheduler filters with 16 goroutines
constexpr uint64_t kPodSeed = 7;

double Microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

std::vector<double>& Of(RoundTimes& times, Verb verb) {
  return times.at(static_cast<size_t>(verb));
}

std::vector<std::string> MakeOrders(const Profile& profile) {
  std::vector<std::string> lists;
  Random random(3);
  for (size_t order = 0; order < kOrders; ++order) {
    std::vector<size_t> positions(profile.nodes.size());
    std::iota(positions.begin(), positions.end(), size_t{0});
    for (size_t i = 0; i < positions.size(); ++i) {
      const size_t reach = std::min(kShuffleReach, positions.size() - i);
      std::swap(positions[i], positions[i + random() % reach]);
    }
    std::string& list = lists.emplace_back();
    for (const size_t position : positions) {
      absl::StrAppend(&list, list.empty() ? "\"" : ",\"", profile.nodes[position].name, "\"");
    }
  }
  return lists;
}

}  // namespace

VerbLoad::VerbLoad(const Profile& profile, const VerbLoadOptions& options)
    : profile_(profile),
      pods_(static_cast<size_t>(options.pods)),
      wishes_(static_cast<size_t>(options.wishes)),
      fresh_wishes_(options.fresh_wishes),
      complete_answers_(options.complete_answers),
      tangram_(options.tangram_port),
      echo_(options.echo_port),
      orders_(MakeOrders(profile)),
      exchanges_(pods_),
      serial_(options.first_serial) {}

WaitingPod VerbLoad::MakePod(size_t number) {
  const uint64_t serial = serial_++;
  // The same wishes in every round, by a new pod.
  const size_t wish = fresh_wishes_ ? static_cast<size_t>(serial) : number % wishes_;
  Random random(kPodSeed + wish);
  return {.name = absl::StrCat("load-", serial),
          .uid = absl::StrFormat("00000000-0000-4000-8000-%012d", serial),
          .ask = DrawPod(wish % ShapeCount(), random)};
}

void VerbLoad::AppendNames(size_t number, std::string& out) const {
  out += orders_[number % kOrders];
}

std::string VerbLoad::PrioritizeNames(std::string_view fitting_text) const {
  std::string names(fitting_text);
  absl::flat_hash_set<std::string> fitting;
  for (const std::string_view name : Names(fitting_text)) fitting.emplace(name);
  for (const ProfileNode& node : profile_.nodes) {
    if (fitting.contains(node.name)) continue;
    absl::StrAppend(&names, names.empty() ? "\"" : ",\"", node.name, "\"");
  }
  return names;
}

absl::StatusOr<HttpAnswer> VerbLoad::Post(HttpConnection& server, std::string_view path,
                                          std::string_view body) {
  absl::StatusOr<HttpAnswer> answer = server.Call("POST", path, body);
  if (!answer.ok() || answer->status == 200) return answer;
  const std::string_view shown = answer->body.substr(0, 300);
  return absl::InternalError(absl::StrCat("POST ", absl::string_view(path.data(), path.size()),
                                          " answered ", answer->status, ": ",
                                          absl::string_view(shown.data(), shown.size())));
}

absl::Status VerbLoad::Bind(const WaitingPod& pod, Exchange& exchange, RoundResult& round) {
  auto answer = Post(tangram_, "/bind", BindingArgs(pod, exchange.node));
  if (!answer.ok()) return answer.status();
  Of(round.times, Verb::kBind).push_back(Microseconds(answer->taken));
  exchange.answer_sizes[static_cast<size_t>(Verb::kBind)] = answer->body.size();
  if (absl::Status status = ReadBindAnswer(answer->body); !status.ok()) return status;
  answer = tangram_.Call("DELETE", absl::StrCat("/pods/default/", pod.name), "");
  if (!answer.ok()) return answer.status();
  if (answer->status / 100 != 2) {
    return absl::InternalError(absl::StrCat("DELETE of the pod answered ", answer->status));
  }
  return absl::OkStatus();
}

absl::Status VerbLoad::Judge(const WaitingPod& pod, size_t number, RoundResult& round,
                             TextHash& hash) {
  Exchange& exchange = exchanges_[number];
  body_.clear();
  AppendArgsHead(pod, body_);
  const size_t head = body_.size();
  AppendNames(number, body_);
  body_.append(kArgsTail);
  auto answer = Post(tangram_, "/filter", body_);
  if (!answer.ok()) return answer.status();
  Of(round.times, Verb::kFilter).push_back(Microseconds(answer->taken));
  exchange.answer_sizes[static_cast<size_t>(Verb::kFilter)] = answer->body.size();
  hash.Add(answer->body);
  const auto filtered = ReadFilterAnswer(answer->body);
  if (!filtered.ok()) return filtered.status();
  const size_t named = filtered->fitting + filtered->refused;
  if (complete_answers_ && named != profile_.nodes.size()) {
    return absl::InternalError(absl::StrCat("filter of ", profile_.nodes.size(), " nodes named ",
                                            filtered->fitting, " that fit and ", filtered->refused,
                                            " that do not"));
  }
  round.refusals_most = std::max(round.refusals_most, filtered->refused);
  const bool fits = filtered->fitting > 0;
  if (fits) ++round.pods_fitting;

  exchange.filter_answer = answer->body;
  body_.resize(head);
  body_ += PrioritizeNames(filtered->fitting_text);
  body_.append(kArgsTail);
  answer = Post(tangram_, "/prioritize", body_);
  if (!answer.ok()) return answer.status();
  Of(round.times, Verb::kPrioritize).push_back(Microseconds(answer->taken));
  exchange.answer_sizes[static_cast<size_t>(Verb::kPrioritize)] = answer->body.size();
  hash.Add(answer->body);
  exchange.node.clear();
  if (!fits) return absl::OkStatus();
  auto best = BestHost(answer->body);
  if (!best.ok()) return best.status();
  exchange.node = *std::move(best);
  return Bind(pod, exchange, round);
}

absl::StatusOr<RoundResult> VerbLoad::TangramRound() {
  RoundResult round;
  TextHash hash;
  for (size_t number = 0; number < pods_; ++number) {
    const absl::Status status = Judge(MakePod(number), number, round, hash);
    if (!status.ok()) return status;
  }
  round.hash = hash.value();
  return round;
}

absl::Status VerbLoad::Echo(size_t number, RoundTimes& times) {
  const Exchange& exchange = exchanges_[number];
  const WaitingPod pod = MakePod(number);
  TextHash unused;
  const auto ask = [&](Verb verb) {
    const size_t size = exchange.answer_sizes.at(static_cast<size_t>(verb));
    auto answer = Post(echo_, absl::StrCat("/echo/", size), body_);
    if (!answer.ok()) return answer.status();
    Of(times, verb).push_back(Microseconds(answer->taken));
    unused.Add(answer->body);
    return absl::OkStatus();
  };
  body_.clear();
  AppendArgsHead(pod, body_);
  const size_t head = body_.size();
  AppendNames(number, body_);
  body_.append(kArgsTail);
  if (absl::Status status = ask(Verb::kFilter); !status.ok()) return status;
  const auto filtered = ReadFilterAnswer(exchange.filter_answer);
  if (!filtered.ok()) return filtered.status();
  body_.resize(head);
  body_ += PrioritizeNames(filtered->fitting_text);
  body_.append(kArgsTail);
  if (absl::Status status = ask(Verb::kPrioritize); !status.ok()) return status;
  if (exchange.node.empty()) return absl::OkStatus();
  body_ = BindingArgs(pod, exchange.node);
  return ask(Verb::kBind);
}

absl::StatusOr<RoundTimes> VerbLoad::EchoRound() {
  RoundTimes times;
  for (size_t number = 0; number < pods_; ++number) {
    if (absl::Status status = Echo(number, times); !status.ok()) return status;
  }
  return times;
}

}  // namespace tangram::bench
