// A report of a few tables, in every form.
//
// Each command says what it found once: as JSON, as text for a terminal, as one table for other
// programs, and as an article of sentences and tables for people. What is not asked for is not
// made.
#ifndef API_CLI_SIMULATE_ANSWER_H_
#define API_CLI_SIMULATE_ANSWER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/sheet.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

// What the forms md and html say. All of it is text.
struct Article {
  struct Part {
    std::string heading;
    std::string note;  // may be empty
    Sheet sheet;       // may be without rows: then the note stands alone
  };

  std::string kicker;  // "Tangram simulate fit"
  std::string title;
  std::string lede;                // a sentence or a few
  std::vector<KeyFigure> figures;  // html alone; the title and the parts have them as well
  std::vector<Part> parts;
};

struct Answer {
  std::function<nlohmann::json()> json;  // forms json and yaml
  std::function<std::string()> table;
  std::function<Sheet()> csv;  // heads in snake_case, numbers with all digits
  std::function<Article()> article;
};

std::string AnswerText(const Answer& answer, Form form);

// Writes the answer as the options say. The error of Emit.
absl::Status PrintAnswer(const OutputOptions& options, const Answer& answer);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_ANSWER_H_
