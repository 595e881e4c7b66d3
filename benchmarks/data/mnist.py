"""What is known of MNIST's test digits: which they are, and which of their labels are doubted."""

MNIST_TEST = "a0863a96c44e5666edbb30c4071ee79ca0514c621e6349c5967fc78e7305c891"  # of digits and labels
# MNIST's test digits whose label fewer than three of five people agreed with: C. G. Northcutt, A. Athalye,
# J. Mueller (2021), Pervasive label errors in test sets destabilize machine learning benchmarks; counted in
# the file mnist_mturk.json that they published.
DOUBTED = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)
