// The questions, churn and diff in all six forms: what each begins with, and that it says the
// numbers that the others say.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/api/cli/simulate/questions.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

class AnswerFormsTest : public QuestionTest {
 protected:
  void SetUp() override {
    QuestionTest::SetUp();
    cluster_ = File("c.yaml",
                    "nodes:\n- {name: big, gpus: 2x A100-SXM4-80GB, cpu: 8, memory: 64Gi}\n"
                    "- {name: small, gpus: 1x T4-16GB}\n");
    pod_ = File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 16000, cpu: 1}"));
    huge_ = File("h.yaml", PodYaml("h", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 90000}"));
    trace_ = {"--nodes",
              File("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,8,T4\n"),
              "--pods",
              File("pods.csv",
                   "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
                   "p0,4000,8192,1,460\np1,8000,16384,1,1000\n")};
  }

  static Answered In(const std::string& form, Words words) {
    words.insert(words.end(), {"-o", form});
    return Ask(std::move(words));
  }

  // Every form begins and ends as it must, and yaml says what json does. Gives the page.
  static std::string Forms(const Words& words, const std::string& csv_head) {
    const Answered as_json = In("json", words), page = In("html", words);
    EXPECT_THAT(as_json.out, StartsWith("{\n"));
    const json report = as_json.Json();
    EXPECT_THAT(In("yaml", words).out, HasSubstr("schema: " + report["schema"].dump() + "\n"));
    EXPECT_THAT(In("csv", words).out, StartsWith(csv_head + "\n"));
    EXPECT_THAT(In("md", words).out, AllOf(StartsWith("# "), EndsWith("\n")));
    EXPECT_THAT(page.out, AllOf(StartsWith("<!doctype html>\n"), EndsWith("</html>\n"),
                                Not(HasSubstr("<script")), Not(HasSubstr("http"))));
    EXPECT_EQ(In("table", words).out, Ask(words).out) << "what is printed when no form is named";
    for (const char* form : {"table", "yaml", "csv", "md", "html"}) {
      EXPECT_EQ(In(form, words).code, as_json.code) << form;
    }
    return page.out;
  }

  std::string cluster_, pod_, huge_;
  Words trace_;
};

TEST_F(AnswerFormsTest, FitSaysNodeByNodeHowManyMoreFit) {
  const Words words = {"fit", pod_, "--cluster", cluster_};
  const std::string page = Forms(words, "node,more,counting_ended,reasons,nearest_card,have,want");
  EXPECT_THAT(page, AllOf(HasSubstr("9 more fit, on 2 of 2 nodes"), HasSubstr("<dd>9<small>"),
                          HasSubstr("<td class=\"text\">CardInsufficientMemory: card 0 has 384")));
  EXPECT_THAT(In("csv", words).out,
              AllOf(HasSubstr("big,8,false,InsufficientCpu,"),
                    HasSubstr("\nsmall,1,false,CardInsufficientMemory,0,384,16000\n")));
  EXPECT_THAT(In("md", words).out,
              AllOf(HasSubstr("| NODE | MORE | WHY NOT MORE |\n|---|---:|---|\n"),
                    HasSubstr("| small | 1 | CardInsufficientMemory: card 0 has 384 MiB")));
  EXPECT_THAT(In("yaml", words).out, HasSubstr("total: 9\n"));
}

TEST_F(AnswerFormsTest, PlanSaysWhatEachShapeWouldGive) {
  const Words words = {"plan", pod_,    "--cluster",    cluster_, "--until-fits",
                       "20",   "--add", "8x H100-80GB", "--add",  "1x T4-8GB"};
  const std::string page =
      Forms(words, "add,fit_on_each,nodes,cards,fit_then,fewest_cards,reasons_on_each");
  EXPECT_THAT(page, AllOf(HasSubstr("nodes of 8x H100-80GB"), HasSubstr("9 fit now, 20 wanted"),
                          HasSubstr("<td>never</td>")));
  EXPECT_THAT(In("csv", words).out, AllOf(HasSubstr("8x H100-80GB,40,1,8,49,true,"),
                                          HasSubstr("1x T4-8GB,0,,,9,false,")));
  EXPECT_THAT(In("md", words).out, HasSubstr("| 8x H100-80GB | 40 | 1 | 8 | 49 | <- fewest"));
}

TEST_F(AnswerFormsTest, ExplainSaysWhatWouldMakeThePodFit) {
  const Words words = {"explain", huge_, "--cluster", cluster_};
  const std::string page =
      Forms(words, "node,fits,resolvable,reasons,nearest_card,have,want,changes");
  EXPECT_THAT(
      page, AllOf(HasSubstr("default/h fits on 0 of 2 nodes"), HasSubstr("What would make it fit"),
                  HasSubstr("Card by card"), HasSubstr("ask 8,080 MiB less a card")));
  EXPECT_THAT(
      In("csv", words).out,
      HasSubstr("big,false,false,CardInsufficientMemory,0,81920,90000,\"ask 8,080 MiB less"));
  EXPECT_THAT(In("md", words).out, HasSubstr("## Node by node\n\n| NODE | VERDICT | WHY |\n"));
  EXPECT_THAT(In("md", {"explain", pod_, "--cluster", cluster_}).out,
              AllOf(HasSubstr("fits on 2 of 2 nodes"), Not(HasSubstr("What would make it fit"))));
}

TEST_F(AnswerFormsTest, DefragSaysWhatIsFreeBeforeAndAfter) {
  const Words words = {"defrag", "--cluster", cluster_, "--pod", pod_};
  const std::string page = Forms(words, "what,of,before,after");
  EXPECT_THAT(page, AllOf(HasSubstr("default/p fits as it is, on big."),
                          HasSubstr("<th>cards wholly free</th><td>3</td><td>3</td>")));
  EXPECT_THAT(In("csv", words).out, HasSubstr("cluster,cards_free,3,3\ncluster,nodes_free,2,2\n"));
  EXPECT_THAT(In("md", words).out, HasSubstr("| cards wholly free | 3 | 3 |\n"));
}

TEST_F(AnswerFormsTest, ChurnSaysEachPolicysMeansAndDifferences) {
  Words words = {"churn", "--policy", "fgd,best-fit", "--seeds", "1-3", "--measure", "2"};
  words.insert(words.end(), trace_.begin(), trace_.end());
  words.insert(words.end(), {"-o", "json"});
  const json report = Ask(words).Json();
  const auto in = [&words](const std::string& form) {
    words.back() = form;
    return Ask(words).out;
  };
  const std::string csv = in("csv");
  EXPECT_THAT(csv, StartsWith("policy,seed,arrivals,allocated_percent,rejected_volume_percent,"));
  for (const json& run : report["runs"]) {
    EXPECT_THAT(csv,
                HasSubstr(run["policy"].get<std::string>() + "," + run["seed"].dump() + "," +
                          run["arrivals"].dump() + "," + run["allocated_percent"].dump() + ","));
  }
  EXPECT_THAT(in("md"), AllOf(HasSubstr("## Policy by policy\n"), HasSubstr("\n| best-fit | "),
                              HasSubstr("## Against fgd\n")));
  EXPECT_THAT(in("html"), AllOf(StartsWith("<!doctype html>\n"), HasSubstr("Against fgd"),
                                HasSubstr("of the GPU allocated by best-fit")));
  EXPECT_THAT(in("yaml"), HasSubstr("schema: \"tangram.dev/simulation-churn/v1\"\n"));
}

TEST_F(AnswerFormsTest, DiffSaysEveryChange) {
  Words run = {"run", "-o", "json"};
  run.insert(run.end(), trace_.begin(), trace_.end());
  const std::string text = Ask(run).out;
  json changed = json::parse(text);
  changed["failed_pods"] = changed["failed_pods"].get<int>() + 2;
  changed["policy"] = "a<b";
  const std::string one = File("1.json", text), other = File("2.json", changed.dump());
  const std::string page = Forms({"diff", one, other}, "path,first,second,difference");
  EXPECT_THAT(page, AllOf(HasSubstr("2 differences"), HasSubstr("a&lt;b"), HasSubstr("+2")));
  EXPECT_THAT(In("csv", {"diff", one, other}).out, HasSubstr("failed_pods,0,2,2\npolicy,"));
  EXPECT_THAT(Forms({"diff", one, one}, "path,first,second,difference"),
              HasSubstr("The reports say the same."));
}

TEST_F(AnswerFormsTest, AReportGoesToAFileOrIsRefusedBeforeTheWork) {
  const std::string file = folder_.File("report.md");
  const Answered written = Ask({"fit", pod_, "--cluster", cluster_, "-o", "md", "--out", file});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_THAT(text.str(), StartsWith("# How many more of default/p fit\n"));
  const std::string nowhere = folder_.File("no/where");
  for (const Words& words : {Words{"fit", pod_, "--cluster", cluster_},
                             Words{"defrag", "--cluster", cluster_}, Words{"diff", file, file}}) {
    Words all = words;
    all.insert(all.end(), {"--out", nowhere});
    const Answered refused = Ask(all);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("cannot write " + nowhere));
  }
}

}  // namespace
}  // namespace tangram::api::cli::simulate
