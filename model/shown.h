// Text from outside as it may appear in a message: quoted, printable, and not longer than a line.
//
// Pure function, callable from any thread.
#ifndef MODEL_SHOWN_H_
#define MODEL_SHOWN_H_

#include <string>
#include <string_view>

namespace tangram::model {

// `text` in double quotes with unprintable bytes escaped; of more than 64 bytes the first 61 and
// "...".
std::string Shown(std::string_view text);

}  // namespace tangram::model

#endif  // MODEL_SHOWN_H_
