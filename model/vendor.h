// Whose card it is.
//
// A container asks for cards of one vendor and gets no others; everything else of a fit is the same
// for all of them, but for what the functions below say. A vendor's words on the wire (annotations,
// resource names, spelling of a share) are its dialect's business, see docs/adding-a-vendor.md.
#ifndef MODEL_VENDOR_H_
#define MODEL_VENDOR_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace tangram::model {

enum class Vendor : uint8_t { kNvidia, kAmd };

inline constexpr std::array kVendors = {Vendor::kNvidia, Vendor::kAmd};

// For people.
constexpr std::string_view VendorName(Vendor vendor) {
  return vendor == Vendor::kAmd ? "AMD" : "NVIDIA";
}

// How a vendor's cards count compute. NVIDIA's have percent (usually 100 in all), and a request
// names so many of them. AMD's have compute units (MI300X: 304), and a request names a percentage
// of the card's own.
constexpr bool CoresAreShareOfCard(Vendor vendor) { return vendor == Vendor::kAmd; }

}  // namespace tangram::model

#endif  // MODEL_VENDOR_H_
